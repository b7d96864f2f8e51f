"""Routes of previews, relative to `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from apps.previews.api import sets, shares, thumbnails

urlpatterns = [
    path("broadcasts/<str:broadcast_id>/preview", sets.GetBroadcastPreview.as_view()),
    path("broadcasts/<str:broadcast_id>/thumbnail", thumbnails.BroadcastThumbnail.as_view()),
    path("recordings/<str:recording_id>/preview", sets.GetRecordingPreview.as_view()),
    path(
        "recordings/<str:recording_id>/preview/regenerate",
        sets.RegenerateRecordingPreview.as_view(),
    ),
    path("recordings/<str:recording_id>/preview/cancel", sets.CancelRecordingPreview.as_view()),
    path("recordings/<str:recording_id>/shares", shares.RecordingShares.as_view()),
    path("shares/<str:share_id>", shares.OneShare.as_view()),
    path("shares/<str:share_id>/cancel", shares.CancelShare.as_view()),
    path("recordings/<str:recording_id>/thumbnail", thumbnails.RecordingThumbnail.as_view()),
]

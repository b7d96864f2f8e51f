"""Routes below /api/v1/."""

from django.urls import path

from apps.streams.api import views

urlpatterns = [
    path("broadcasts", views.Broadcasts.as_view(), name="broadcasts"),
    path("broadcasts/<str:broadcast_id>", views.OneBroadcast.as_view(), name="broadcast"),
    path("broadcasts/<str:broadcast_id>/end", views.EndBroadcast.as_view(), name="end-broadcast"),
    path("broadcasts/<str:broadcast_id>/key", views.RotateKey.as_view(), name="rotate-key"),
    path("broadcasts/<str:broadcast_id>/playback", views.GetPlayback.as_view(), name="playback"),
    path(
        "broadcasts/<str:broadcast_id>/recording",
        views.BroadcastRecording.as_view(),
        name="broadcast-recording",
    ),
    path("recordings/<str:recording_id>", views.OneRecording.as_view(), name="recording"),
]

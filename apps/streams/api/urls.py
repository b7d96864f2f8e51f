"""Routes below /api/v1/."""

from django.urls import path

from apps.streams.api import broadcasts, playback, recordings, uploads

urlpatterns = [
    path("broadcasts", broadcasts.Broadcasts.as_view(), name="broadcasts"),
    path("broadcasts/<str:broadcast_id>", broadcasts.OneBroadcast.as_view(), name="broadcast"),
    path(
        "broadcasts/<str:broadcast_id>/end",
        broadcasts.EndBroadcast.as_view(),
        name="end-broadcast",
    ),
    path("broadcasts/<str:broadcast_id>/key", broadcasts.RotateKey.as_view(), name="rotate-key"),
    path(
        "broadcasts/<str:broadcast_id>/playback", playback.GetPlayback.as_view(), name="playback"
    ),
    path(
        "broadcasts/<str:broadcast_id>/recording",
        recordings.BroadcastRecording.as_view(),
        name="broadcast-recording",
    ),
    path("recordings/uploads", uploads.Uploads.as_view(), name="uploads"),
    path("recordings/uploads/<str:upload_id>", uploads.OneUpload.as_view(), name="upload"),
    path("recordings/<str:recording_id>", recordings.OneRecording.as_view(), name="recording"),
]

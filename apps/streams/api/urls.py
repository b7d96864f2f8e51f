"""Routes below /api/v1/."""

from django.urls import path

from apps.streams.api import broadcasts, playback, recordings, targets

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
    path("broadcasts/<str:broadcast_id>/targets", targets.Targets.as_view(), name="targets"),
    path(
        "broadcasts/<str:broadcast_id>/targets/<str:target_id>",
        targets.OneTarget.as_view(),
        name="target",
    ),
    path("recordings/<str:recording_id>", recordings.OneRecording.as_view(), name="recording"),
]

"""Routes below /api/v1/."""

from django.urls import path

from apps.streams.api import (
    analytics,
    broadcasts,
    channels,
    keys,
    playback,
    presence,
    recordings,
    targets,
)

urlpatterns = [
    path("broadcasts", broadcasts.Broadcasts.as_view(), name="broadcasts"),
    path("broadcasts/<str:broadcast_id>", broadcasts.OneBroadcast.as_view(), name="broadcast"),
    path(
        "broadcasts/<str:broadcast_id>/end",
        broadcasts.EndBroadcast.as_view(),
        name="end-broadcast",
    ),
    path("broadcasts/<str:broadcast_id>/key", broadcasts.RotateKey.as_view(), name="rotate-key"),
    path("channel", channels.OwnChannel.as_view(), name="channel"),
    path("channel/keys", keys.ChannelKeys.as_view(), name="channel-keys"),
    path("channel/keys/<str:key_id>", keys.OneChannelKey.as_view(), name="channel-key"),
    path(
        "channel/keys/<str:key_id>/rotate",
        keys.RotateChannelKey.as_view(),
        name="rotate-channel-key",
    ),
    path(
        "broadcasts/<str:broadcast_id>/playback", playback.GetPlayback.as_view(), name="playback"
    ),
    path("broadcasts/<str:broadcast_id>/presence", presence.SayHere.as_view(), name="presence"),
    path(
        "broadcasts/<str:broadcast_id>/analytics",
        analytics.BroadcastAnalytics.as_view(),
        name="broadcast-analytics",
    ),
    path(
        "broadcasts/<str:broadcast_id>/health",
        analytics.BroadcastHealth.as_view(),
        name="broadcast-health",
    ),
    path("me/analytics", analytics.OwnAnalytics.as_view(), name="own-analytics"),
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

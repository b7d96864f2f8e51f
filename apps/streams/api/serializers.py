"""JSON shapes of the streams API."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers
from typing_extensions import override

from apps.streams import public as streams
from kit.serializers import PageSerializer, StrictSerializer

VISIBILITIES = ("public", "followers", "unlisted", "private")
DEFAULT_WINDOW_S = 60
MAX_WINDOW_S = 1_800
MAX_EPOCH = 2**31 - 1  # far below what a document can hold
REQUIRED: Final = serializers.ErrorDetail("This field is required.", "required")


class CreateBroadcastIn(StrictSerializer):
    title = serializers.CharField(max_length=140)
    visibility = serializers.ChoiceField(choices=VISIBILITIES, default="public")
    record = serializers.BooleanField(default=True)
    starts_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    reconnect_window_s = serializers.IntegerField(
        default=DEFAULT_WINDOW_S, min_value=0, max_value=MAX_WINDOW_S
    )


class BroadcastOut(serializers.Serializer[object]):
    id = serializers.CharField()
    creator_id = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    is_live = serializers.BooleanField()
    visibility = serializers.CharField()
    created_at = serializers.DateTimeField()
    starts_at = serializers.DateTimeField(allow_null=True)
    live_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class IngestOut(serializers.Serializer[object]):
    """Where the encoder publishes. The key is told this once."""

    url = serializers.CharField(source="ingest_url")
    key = serializers.CharField()


class NewBroadcastOut(serializers.Serializer[object]):
    broadcast = BroadcastOut()
    ingest = IngestOut(source="*")


class BroadcastPageOut(PageSerializer):
    items = BroadcastOut(many=True)


class PlaybackOut(serializers.Serializer[object]):
    url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    is_live = serializers.BooleanField()


class RecordingOut(serializers.Serializer[object]):
    id = serializers.CharField()
    broadcast_id = serializers.CharField()
    creator_id = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    content_type = serializers.CharField()
    duration_s = serializers.FloatField()
    size_bytes = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()
    stored_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField()


class ListBroadcastsIn(serializers.Serializer[object]):
    status = serializers.ChoiceField(choices=sorted(streams.STATES), default="")
    creator = serializers.CharField(default="", max_length=26)


class HookIn(serializers.Serializer[object]):
    """A signed call of the ingest; unknown fields of a newer one are ignored."""

    event = serializers.ChoiceField(choices=("publish", "started", "heartbeat", "stopped"))
    session_id = serializers.CharField(max_length=64)
    key = serializers.CharField(required=False, max_length=200)
    broadcast_id = serializers.CharField(required=False, max_length=26)
    epoch = serializers.IntegerField(required=False, min_value=0, max_value=MAX_EPOCH)

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the key of a session that begins, and for the ids of one that runs."""
        needed = ("key",) if attrs["event"] == "publish" else ("broadcast_id", "epoch")
        missing = {name: REQUIRED for name in needed if name not in attrs}
        if missing:
            raise serializers.ValidationError(missing)
        return attrs

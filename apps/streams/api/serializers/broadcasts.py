"""Broadcasts as JSON."""

from __future__ import annotations

from rest_framework import serializers

from apps.streams import public as streams
from kit.serializers import PageSerializer, StrictSerializer

VISIBILITIES = ("public", "followers", "unlisted", "private")
DEFAULT_WINDOW_S = 60
MAX_WINDOW_S = 1_800


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
    viewers = serializers.IntegerField(help_text="Present now; 0 where it is not on air.")


class IngestOut(serializers.Serializer[object]):
    """Where the encoder publishes. The key is told this once."""

    url = serializers.CharField(source="ingest_url")
    key = serializers.CharField()


class NewBroadcastOut(serializers.Serializer[object]):
    broadcast = BroadcastOut()
    ingest = IngestOut(source="*")


class BroadcastPageOut(PageSerializer):
    items = BroadcastOut(many=True)


class ListBroadcastsIn(serializers.Serializer[object]):
    status = serializers.ChoiceField(choices=sorted(streams.STATES), default="")
    creator = serializers.CharField(default="", max_length=26)

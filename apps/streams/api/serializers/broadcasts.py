"""Broadcasts as JSON."""

from __future__ import annotations

from datetime import timedelta

from rest_framework import serializers

from apps.streams import public as streams
from kit.serializers import Near, PageSerializer, StrictSerializer

VISIBILITIES = ("public", "followers", "unlisted", "private")
MAX_WINDOW_S = 1_800
WITHIN_A_YEAR = Near(ahead=timedelta(days=366))


class CreateBroadcastIn(StrictSerializer):
    """What is left out is as the channel's settings say."""

    title = serializers.CharField(max_length=140)
    visibility = serializers.ChoiceField(choices=VISIBILITIES, required=False)
    record = serializers.BooleanField(required=False)
    starts_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, validators=[WITHIN_A_YEAR]
    )
    reconnect_window_s = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_WINDOW_S
    )


class ChangeBroadcastIn(StrictSerializer):
    """Only what is sent is changed."""

    title = serializers.CharField(required=False, max_length=140)
    visibility = serializers.ChoiceField(choices=VISIBILITIES, required=False)
    record = serializers.BooleanField(required=False)
    starts_at = serializers.DateTimeField(required=False, validators=[WITHIN_A_YEAR])
    reconnect_window_s = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_WINDOW_S
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
    end_reason = serializers.CharField()
    record = serializers.BooleanField()
    reconnect_window_s = serializers.IntegerField()
    # while interrupted: until when it is waited for the encoder, at the same playback address
    reconnect_until = serializers.DateTimeField(allow_null=True)
    # when a limit ends it
    ends_by = serializers.DateTimeField(allow_null=True)
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

"""Channels as JSON."""

from __future__ import annotations

from rest_framework import serializers

from apps.streams.api.serializers.broadcasts import MAX_WINDOW_S, VISIBILITIES
from kit.serializers import StrictSerializer

MAX_DEBOUNCE_S = 300
MAX_COOLDOWN_S = 24 * 3600
MIN_DURATION_S = 60
MAX_DURATION_S = 7 * 24 * 3600


class ChangeChannelIn(StrictSerializer):
    """Only what is sent is changed."""

    title_template = serializers.CharField(required=False, max_length=140)
    visibility = serializers.ChoiceField(choices=VISIBILITIES, required=False)
    record = serializers.BooleanField(required=False)
    reconnect_window_s = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_WINDOW_S
    )
    debounce_s = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=MAX_DEBOUNCE_S
    )
    cooldown_s = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=MAX_COOLDOWN_S
    )
    max_duration_s = serializers.IntegerField(
        required=False, allow_null=True, min_value=MIN_DURATION_S, max_value=MAX_DURATION_S
    )


class ChannelSettingsOut(serializers.Serializer[object]):
    title_template = serializers.CharField()
    visibility = serializers.CharField()
    record = serializers.BooleanField()
    reconnect_window_s = serializers.IntegerField()
    debounce_s = serializers.IntegerField(allow_null=True)
    cooldown_s = serializers.IntegerField(allow_null=True)
    max_duration_s = serializers.IntegerField(allow_null=True)


class LimitsOut(serializers.Serializer[object]):
    debounce_s = serializers.IntegerField()
    cooldown_s = serializers.IntegerField()
    max_duration_s = serializers.IntegerField()
    monthly_minutes = serializers.IntegerField()
    used_minutes = serializers.IntegerField()


class ChannelOut(serializers.Serializer[object]):
    """`limits` are in force; 0 is none. `used_minutes` counts this month, in UTC."""

    id = serializers.CharField()
    settings = ChannelSettingsOut()
    limits = LimitsOut(source="*")

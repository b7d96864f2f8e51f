"""Playback addresses as JSON."""

from __future__ import annotations

from rest_framework import serializers


class PlaybackOut(serializers.Serializer[object]):
    url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    is_live = serializers.BooleanField()

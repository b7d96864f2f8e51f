"""Playback addresses as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.streams.api.serializers.urls import absolute


class PlaybackOut(serializers.Serializer[object]):
    url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    is_live = serializers.BooleanField()
    hls_url = serializers.SerializerMethodField()
    dvr_url = serializers.SerializerMethodField()

    def get_hls_url(self, found: Any) -> str:
        return absolute(self, found.hls_url)

    def get_dvr_url(self, found: Any) -> str:
        return absolute(self, found.dvr_url)

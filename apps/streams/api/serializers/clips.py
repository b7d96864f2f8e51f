"""Clips as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.streams.api.serializers.urls import absolute
from kit.serializers import PageSerializer, StrictSerializer

MODES = ("keyframes", "exact")
MAX_TITLE_CHARS = 140


class _AnyClipIn(StrictSerializer):
    title = serializers.CharField(max_length=MAX_TITLE_CHARS, default="", allow_blank=True)
    mode = serializers.ChoiceField(choices=MODES, default="keyframes")


class ClipIn(_AnyClipIn):
    start_s = serializers.FloatField(min_value=0)
    end_s = serializers.FloatField(min_value=0)


class LiveClipIn(_AnyClipIn):
    last_s = serializers.FloatField(min_value=0)


class ClipOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    broadcast_id = serializers.CharField()
    recording_id = serializers.CharField()
    creator_id = serializers.CharField()
    title = serializers.CharField()
    mode = serializers.ChoiceField(choices=MODES)
    state = serializers.ChoiceField(choices=("queued", "processing", "ready", "failed"))
    progress = serializers.IntegerField()
    start_s = serializers.FloatField()
    end_s = serializers.FloatField()
    duration_s = serializers.FloatField()
    size_bytes = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField()
    url = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(help_text="Signed; empty until it is ready."))
    def get_url(self, found: Any) -> str:
        return absolute(self, found.url)


class ClipPageOut(PageSerializer):
    items = ClipOut(many=True)

"""Recordings as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.streams.api.serializers.urls import absolute
from kit.serializers import PageSerializer


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
    published_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField()
    progress = serializers.IntegerField(help_text="0 to 100 on the way to all renditions.")
    qualities = serializers.ListField(
        child=serializers.IntegerField(), help_text="Short sides in pixels, best first."
    )
    expected_s = serializers.FloatField(help_text="Seconds on air that it was measured against.")
    is_incomplete = serializers.BooleanField()
    warnings = serializers.ListField(child=serializers.CharField())


class RecordingPageOut(PageSerializer):
    items = RecordingOut(many=True)


class SegmentsIn(serializers.Serializer[Any]):
    cursor = serializers.IntegerField(
        min_value=0, max_value=10**7, default=0, help_text="`next` of the page before."
    )
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)


class SegmentOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    start_s = serializers.FloatField()
    duration_s = serializers.FloatField()
    size_bytes = serializers.IntegerField()
    starts_at = serializers.DateTimeField(allow_null=True)
    url = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(help_text="Signed."))
    def get_url(self, found: Any) -> str:
        return absolute(self, found.url)


class SegmentPageOut(PageSerializer):
    items = SegmentOut(many=True)

"""Recordings as JSON."""

from __future__ import annotations

from rest_framework import serializers


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

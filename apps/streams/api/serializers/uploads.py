"""Uploads as JSON."""

from __future__ import annotations

from rest_framework import serializers

from apps.streams.api.serializers.broadcasts import VISIBILITIES
from kit.serializers import PageSerializer


class CreateUploadIn(serializers.Serializer[object]):
    """What `Upload-Metadata` and `Upload-Length` say. Clients of tus add keys of their own."""

    length_bytes = serializers.IntegerField(min_value=1)
    filename = serializers.CharField(max_length=255, default="", allow_blank=True)
    title = serializers.CharField(max_length=140, default="", allow_blank=True)
    visibility = serializers.ChoiceField(choices=VISIBILITIES, default="public")
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$", default="", allow_blank=True)


class UploadOut(serializers.Serializer[object]):
    """`progress` is the percentage that has arrived; `code` and `error` say why it failed."""

    id = serializers.CharField()
    state = serializers.CharField()
    filename = serializers.CharField()
    title = serializers.CharField()
    visibility = serializers.CharField()
    length_bytes = serializers.IntegerField()
    received_bytes = serializers.IntegerField()
    progress = serializers.IntegerField()
    recording_id = serializers.CharField()
    code = serializers.CharField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class UploadPageOut(PageSerializer):
    items = UploadOut(many=True)

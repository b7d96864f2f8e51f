"""Stream keys as JSON."""

from __future__ import annotations

from rest_framework import serializers

from kit.pages import MAX_LIMIT
from kit.serializers import PageSerializer, StrictSerializer

LABEL_CHARS = 60


class MakeKeyIn(StrictSerializer):
    label = serializers.CharField(  # type: ignore[assignment] # a field, no caption of one
        max_length=LABEL_CHARS, allow_blank=True, default=""
    )


class ListKeysIn(serializers.Serializer[object]):
    cursor = serializers.CharField(required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)


class KeyOut(serializers.Serializer[object]):
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # a field, no caption of one
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class KeyPageOut(PageSerializer):
    items = KeyOut(many=True)


class KeyIngestOut(serializers.Serializer[object]):
    """Where the encoder publishes. The key is told this once."""

    url = serializers.CharField(source="ingest_url")
    key = serializers.CharField(source="secret")


class NewKeyOut(serializers.Serializer[object]):
    key = KeyOut()
    ingest = KeyIngestOut(source="*")

"""JSON shapes of the social API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.social import public as social
from kit.serializers import PageSerializer, StrictSerializer

PRIVACIES = ("private", "unlisted", "public")


class ConnectIn(StrictSerializer):
    """How the connection will behave; both may be left out."""

    auto_publish = serializers.BooleanField(required=False)
    privacy = serializers.ChoiceField(choices=PRIVACIES, required=False)


class ConsentPageOut(serializers.Serializer[Any]):
    url = serializers.URLField(help_text="Open it in the system browser, never in a WebView.")
    expires_at = serializers.DateTimeField()


class ConnectionOut(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=("active", "reconnect_required", "revoked"))
    channel_id = serializers.CharField()
    channel_title = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    auto_publish = serializers.BooleanField()
    privacy = serializers.ChoiceField(choices=PRIVACIES)
    connected_at = serializers.DateTimeField()


class UploadIn(StrictSerializer):
    recording_id = serializers.CharField(max_length=26)
    title = serializers.CharField(required=False, max_length=100)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    privacy = serializers.ChoiceField(choices=PRIVACIES, required=False)
    made_for_kids = serializers.BooleanField(required=False)

    def validate_title(self, title: str) -> str:
        if not social.is_video_title(title):
            raise serializers.ValidationError("YouTube takes no < or >.", "bad-title")
        return title

    def validate_description(self, text: str) -> str:
        if not social.is_video_description(text):
            raise serializers.ValidationError(
                "YouTube takes 5000 bytes, and no < or >.", "bad-description"
            )
        return text


class UploadProblemOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class UploadOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    recording_id = serializers.CharField()
    state = serializers.CharField()
    title = serializers.CharField()
    privacy = serializers.CharField()
    actual_privacy = serializers.CharField(help_text="Empty until YouTube has said.")
    progress = serializers.IntegerField(min_value=0, max_value=100)
    offset = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    video_id = serializers.CharField()
    watch_url = serializers.CharField()
    embed_url = serializers.CharField()
    created_at = serializers.DateTimeField()
    not_before = serializers.DateTimeField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)
    error = UploadProblemOut(allow_null=True)


class UploadPageOut(PageSerializer):
    items = UploadOut(many=True)

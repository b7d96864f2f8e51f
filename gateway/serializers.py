"""The JSON of the gateway's own answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class CreatorOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    handle = serializers.CharField()
    name = serializers.CharField()


class PosterOut(serializers.Serializer[Any]):
    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class AnimatedOut(PosterOut):
    content_type = serializers.CharField()
    bytes = serializers.IntegerField()


class ClipOut(AnimatedOut):
    duration_s = serializers.FloatField()
    variant = serializers.CharField(help_text="data-saver, normal or high; empty of older ones.")


class PreviewOut(serializers.Serializer[Any]):
    color = serializers.CharField(help_text="Dominant colour as #rrggbb, or empty.")
    thumbhash = serializers.CharField(help_text="ThumbHash in base64, or empty.")
    aspect = serializers.FloatField(help_text="Width by height; 0 before it is known.")
    clip = ClipOut(
        allow_null=True, help_text="By `?quality=`, or by what the client's hints allow."
    )
    animated = AnimatedOut(
        allow_null=True, help_text="For where only an image tag works; of recordings."
    )
    poster = PosterOut(allow_null=True, help_text="Wide enough for that quality.")
    posters = PosterOut(many=True, help_text="All its sizes, narrowest first.")


class CardOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["live", "upcoming", "recent"])
    id = serializers.CharField(help_text="Of the broadcast, or of the recording where recent.")
    title = serializers.CharField()
    creator = CreatorOut(allow_null=True)
    at = serializers.DateTimeField(help_text="Started, will start or was recorded.")
    duration_s = serializers.FloatField(help_text="Of the recording; 0 where there is none.")
    playback = serializers.CharField(help_text="Path that answers a signed address, or empty.")
    preview = PreviewOut(allow_null=True)
    viewers = serializers.IntegerField(help_text="Present now, where live.")


class CardPreviewsOut(serializers.Serializer[Any]):
    broadcasts = serializers.DictField(
        child=PreviewOut(allow_null=True), help_text="By id; null before there is anything."
    )
    recordings = serializers.DictField(
        child=PreviewOut(allow_null=True), help_text="By id; null before there is anything."
    )


class HomeOut(serializers.Serializer[Any]):
    live = CardOut(many=True)
    upcoming = CardOut(many=True)
    recent = CardOut(many=True)
    unread = serializers.IntegerField()

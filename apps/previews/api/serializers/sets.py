"""A set as JSON: everything there is of it, and how its making goes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.previews.contracts import PreviewSummary, Source, State


class AssetOut(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Of a candidate, what `PUT …/thumbnail` takes.")
    kind = serializers.CharField(
        help_text="preview, preview_webp, poster, poster_webp, poster_avif, candidate, "
        "storyboard, storyboard_vtt, thumbnail or thumbnail_webp."
    )
    variant = serializers.CharField(
        allow_blank=True,
        help_text="data-saver, normal or high of a preview; small to full of a poster or a "
        "thumbnail.",
    )
    url = serializers.CharField(help_text="Never shows other bytes.")
    content_type = serializers.CharField()
    width = serializers.IntegerField(help_text="Pixels; 0 where the kind has none.")
    height = serializers.IntegerField(help_text="Pixels; 0 where the kind has none.")
    bytes = serializers.IntegerField()
    duration_s = serializers.FloatField(help_text="0 where the kind has none.")
    at_s = serializers.FloatField(help_text="The moment a candidate shows.")
    sha256 = serializers.CharField()
    max_age_s = serializers.IntegerField(help_text="How long the file may be cached.")


class PreviewErrorOut(serializers.Serializer[PreviewSummary]):
    code = serializers.CharField(source="error_code")
    detail = serializers.CharField(source="error_detail", help_text="What was seen, for staff.")
    sentence = serializers.CharField(source="error_sentence", help_text="For the creator.")


class PreviewOut(serializers.Serializer[PreviewSummary]):
    subject = serializers.CharField(help_text="broadcast or recording.")
    subject_id = serializers.CharField()
    broadcast_id = serializers.CharField()
    state = serializers.ChoiceField(choices=[one.value for one in State])
    progress = serializers.IntegerField(help_text="0 to 100, while it is made.")
    revision = serializers.IntegerField(help_text="Grows with each refresh.")
    placeholder = serializers.CharField(
        allow_blank=True, help_text="Dominant colour as #rrggbb; empty before there is one."
    )
    thumbhash = serializers.CharField(
        allow_blank=True, help_text="ThumbHash of the poster in base64; empty before."
    )
    width = serializers.IntegerField(help_text="Of the footage, upright, in pixels.")
    height = serializers.IntegerField(help_text="Of the footage, upright, in pixels.")
    aspect = serializers.FloatField(help_text="Width by height; 0 before it is known.")
    duration_s = serializers.FloatField(help_text="Of the footage.")
    truncated = serializers.BooleanField(
        help_text="The footage ends too early; this is what could be saved."
    )
    thumbnail = serializers.ChoiceField(
        choices=[one.value for one in Source], help_text="Who chose the posters."
    )
    assets = AssetOut(many=True)
    error = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(PreviewErrorOut(allow_null=True))
    def get_error(self, preview: PreviewSummary) -> dict[str, Any] | None:
        return dict(PreviewErrorOut(preview).data) if preview.error_code else None

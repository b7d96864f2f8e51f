"""The JSON of previews: contracts out."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.previews.contracts import PreviewSummary, State


class AssetOut(serializers.Serializer[Any]):
    kind = serializers.CharField(
        help_text="preview, poster, storyboard, storyboard_vtt or thumbnail."
    )
    url = serializers.CharField(help_text="Never shows other bytes: cache it for ever.")
    content_type = serializers.CharField()
    width = serializers.IntegerField(help_text="Pixels; 0 where the kind has none.")
    height = serializers.IntegerField(help_text="Pixels; 0 where the kind has none.")
    bytes = serializers.IntegerField()
    duration_s = serializers.FloatField(help_text="0 where the kind has none.")
    sha256 = serializers.CharField()


class PreviewErrorOut(serializers.Serializer[PreviewSummary]):
    code = serializers.CharField(source="error_code")
    detail = serializers.CharField(source="error_detail")


class PreviewOut(serializers.Serializer[PreviewSummary]):
    subject = serializers.CharField(help_text="broadcast or recording.")
    subject_id = serializers.CharField()
    broadcast_id = serializers.CharField()
    state = serializers.ChoiceField(choices=[one.value for one in State])
    revision = serializers.IntegerField(help_text="Grows with each refresh.")
    placeholder = serializers.CharField(
        allow_blank=True, help_text="Dominant colour as #rrggbb; empty before there is one."
    )
    assets = AssetOut(many=True)
    error = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(PreviewErrorOut(allow_null=True))
    def get_error(self, preview: PreviewSummary) -> dict[str, Any] | None:
        return dict(PreviewErrorOut(preview).data) if preview.error_code else None

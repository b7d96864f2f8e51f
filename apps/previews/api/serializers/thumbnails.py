"""The creator's own poster as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.previews.api.serializers.sets import AssetOut
from apps.previews.contracts import Source, ThumbnailSummary
from kit.serializers import StrictSerializer


class ChooseCandidateIn(StrictSerializer):
    candidate = serializers.RegexField(
        r"^[0-9a-f]{16}$", help_text="`id` of one of the candidates."
    )


class UploadThumbnailIn(StrictSerializer):
    image = serializers.FileField(help_text="JPEG, PNG or WebP, 10 MiB at most.")


class ThumbnailErrorOut(serializers.Serializer[ThumbnailSummary]):
    code = serializers.CharField(source="error_code")
    sentence = serializers.CharField(source="error_sentence")


class ThumbnailOut(serializers.Serializer[ThumbnailSummary]):
    subject = serializers.CharField(help_text="broadcast or recording.")
    subject_id = serializers.CharField()
    thumbnail = serializers.ChoiceField(
        source="source",
        choices=[one.value for one in Source],
        help_text="Who chose what is shown.",
    )
    state = serializers.ChoiceField(
        choices=["automatic", "making", "ready", "failed"],
        help_text="Of the last choice; until it is ready, what was shown before stays.",
    )
    candidate = serializers.CharField(allow_blank=True, help_text="The one that was chosen.")
    assets = AssetOut(many=True, help_text="Own posters; empty while automatic.")
    candidates = AssetOut(many=True, help_text="What may be chosen.")
    error = serializers.SerializerMethodField()

    @extend_schema_field(ThumbnailErrorOut(allow_null=True))
    def get_error(self, found: ThumbnailSummary) -> dict[str, Any] | None:
        return dict(ThumbnailErrorOut(found).data) if found.error_code else None

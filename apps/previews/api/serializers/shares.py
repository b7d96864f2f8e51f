"""A clip to be shared as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.previews.api.serializers.sets import AssetOut
from apps.previews.contracts import ShareState, ShareSummary, Style
from kit.serializers import PageSerializer, StrictSerializer

# A day and a bit: no recording is longer, and no infinity is a moment.
_LATEST_S = 100_000.0


class ShareRecordingIn(StrictSerializer):
    start_s = serializers.FloatField(
        min_value=0, max_value=_LATEST_S, help_text="Seconds of the recording."
    )
    end_s = serializers.FloatField(
        min_value=0, max_value=_LATEST_S, help_text="1 to 90 s after `start_s`."
    )
    template = serializers.ChoiceField(
        choices=[one.value for one in Style],
        default=Style.FULL.value,
        help_text="full: title card and end card; outro: end card; plain. All carry the handle.",
    )


class ShareErrorOut(serializers.Serializer[ShareSummary]):
    code = serializers.CharField(source="error_code")
    sentence = serializers.CharField(source="error_sentence", help_text="For the creator.")


class ShareOut(serializers.Serializer[ShareSummary]):
    id = serializers.CharField()
    recording_id = serializers.CharField()
    start_s = serializers.FloatField()
    end_s = serializers.FloatField()
    template = serializers.ChoiceField(choices=[one.value for one in Style])
    state = serializers.ChoiceField(
        choices=[one.value for one in ShareState if one is not ShareState.REMOVED]
    )
    progress = serializers.IntegerField(help_text="0 to 100, while it is made.")
    asset = AssetOut(allow_null=True, help_text="The clip; null before it is ready.")
    error = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(ShareErrorOut(allow_null=True))
    def get_error(self, share: ShareSummary) -> dict[str, Any] | None:
        return dict(ShareErrorOut(share).data) if share.error_code else None


class SharePageOut(PageSerializer):
    items = ShareOut(many=True)

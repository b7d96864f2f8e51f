"""Watch analytics and ingest health as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rest_framework import serializers
from typing_extensions import override

from apps.streams.rules.watching import GRAINS
from kit.serializers import Near

TEN_YEARS = Near(ahead=timedelta(days=3_653), back=timedelta(days=3_653))


class AnalyticsIn(serializers.Serializer[Any]):
    resolution = serializers.ChoiceField(choices=list(GRAINS), default="")

    @override
    def get_fields(self) -> dict[str, Any]:
        """Add the two names; `from` is a word of Python."""
        moment: dict[str, Any] = {"required": False, "default": None, "validators": [TEN_YEARS]}
        return {
            **super().get_fields(),
            "from": serializers.DateTimeField(**moment),
            "to": serializers.DateTimeField(**moment),
        }


class OwnAnalyticsIn(serializers.Serializer[Any]):
    @override
    def get_fields(self) -> dict[str, Any]:
        """Add the two names; `from` is a word of Python."""
        day: dict[str, Any] = {"required": False, "default": None, "validators": [TEN_YEARS]}
        return {"from": serializers.DateField(**day), "to": serializers.DateField(**day)}


class WatchPointOut(serializers.Serializer[object]):
    at = serializers.DateTimeField()
    peak_viewers = serializers.IntegerField()
    average_viewers = serializers.FloatField()
    views = serializers.IntegerField()
    watch_time_s = serializers.IntegerField()


class RetentionPointOut(serializers.Serializer[object]):
    at_s = serializers.IntegerField()
    share = serializers.FloatField(help_text="Plays of this part over all views.")


class PlayerErrorsOut(serializers.Serializer[object]):
    code = serializers.CharField()
    count = serializers.IntegerField()
    rate = serializers.FloatField(help_text="A view.")


class QualityOut(serializers.Serializer[object]):
    startup_p50_ms = serializers.IntegerField()
    startup_p95_ms = serializers.IntegerField()
    rebuffer_ratio = serializers.FloatField()
    rebuffers_per_hour = serializers.FloatField()
    average_bitrate_bps = serializers.IntegerField()
    player_errors = PlayerErrorsOut(many=True, source="errors")


class SpanSerializer(serializers.Serializer[Any]):
    """Says its span as `from` and `to`."""

    moment: type[serializers.Field[Any, Any, Any, Any]] = serializers.DateTimeField

    @override
    def get_fields(self) -> dict[str, Any]:
        """Add the two names; `from` is a word of Python."""
        return {
            "from": self.moment(source="since", allow_null=True),
            "to": self.moment(source="until", allow_null=True),
            **super().get_fields(),
        }


class AnalyticsOut(SpanSerializer):
    broadcast_id = serializers.CharField()
    resolution = serializers.CharField()
    viewers = serializers.IntegerField(help_text="Present now.")
    peak_viewers = serializers.IntegerField()
    unique_viewers = serializers.IntegerField(help_text="Of its whole life, to within 1 %.")
    views = serializers.IntegerField()
    watch_time_s = serializers.IntegerField()
    average_view_s = serializers.FloatField(help_text="Of its whole life, as the next two.")
    view_p50_s = serializers.IntegerField()
    view_p90_s = serializers.IntegerField()
    series = WatchPointOut(many=True)
    retention = RetentionPointOut(many=True)
    quality = QualityOut()


class CreatorDayOut(serializers.Serializer[object]):
    day = serializers.DateField()
    broadcasts = serializers.IntegerField()
    views = serializers.IntegerField()
    watch_time_s = serializers.IntegerField()
    peak_viewers = serializers.IntegerField()


class CreatorAnalyticsOut(SpanSerializer):
    moment = serializers.DateField

    broadcasts = serializers.IntegerField()
    views = serializers.IntegerField()
    watch_time_s = serializers.IntegerField()
    peak_viewers = serializers.IntegerField()
    days = CreatorDayOut(many=True)


class HealthPointOut(serializers.Serializer[object]):
    at = serializers.DateTimeField()
    bitrate_bps = serializers.IntegerField()
    fps = serializers.FloatField()
    keyframe_interval_s = serializers.FloatField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    dropped_frames = serializers.IntegerField(help_text="Of the session so far.")
    audio_bitrate_bps = serializers.IntegerField()


class IngestHealthOut(serializers.Serializer[object]):
    broadcast_id = serializers.CharField()
    state = serializers.ChoiceField(choices=["unknown", "good", "poor"])
    latest = HealthPointOut(allow_null=True)
    series = HealthPointOut(many=True)
    warnings = serializers.ListField(child=serializers.CharField())

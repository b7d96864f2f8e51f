"""Heartbeats of viewers as JSON."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from apps.streams.contracts import Beat
from apps.streams.rules import presence as rules
from kit.serializers import StrictSerializer

SESSION_ID: Final = r"^[0-9A-Za-z_-]{16,64}$"
# A player counts since the last heartbeat that was answered, which an outage may put off.
MAX_SPAN_MS: Final = 24 * 3_600_000
MAX_REBUFFERS: Final = 10_000


class BeatIn(StrictSerializer):
    """Measured since the heartbeat before; what is more than can be is counted as what can."""

    session_id = serializers.RegexField(
        SESSION_ID,
        help_text="Made by the player for each time it opens the video; a ULID is fine.",
    )
    position_s = serializers.FloatField(
        required=False, min_value=0, max_value=rules.MAX_POSITION_S, help_text="In the video."
    )
    watched_ms = serializers.IntegerField(required=False, min_value=0, max_value=MAX_SPAN_MS)
    startup_ms = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_SPAN_MS, help_text="Told once."
    )
    rebuffer_ms = serializers.IntegerField(default=0, min_value=0, max_value=MAX_SPAN_MS)
    rebuffer_count = serializers.IntegerField(default=0, min_value=0, max_value=MAX_REBUFFERS)
    bitrate_bps = serializers.IntegerField(default=0, min_value=0, max_value=rules.MAX_BITRATE_BPS)
    error_codes = serializers.ListField(
        child=serializers.RegexField(r"^[a-z0-9-]{1,40}$"),
        max_length=rules.MAX_ERRORS,
        default=list,
        help_text=f"Of {', '.join(sorted(rules.ERRORS))}; others count as {rules.OTHER_ERROR}.",
    )
    leaving = serializers.BooleanField(default=False)

    def beat(self) -> Beat:
        told: dict[str, Any] = dict(self.validated_data)
        startup_ms = told.get("startup_ms")
        return Beat(
            session_id=told["session_id"],
            position_s=told.get("position_s"),
            watched_ms=told.get("watched_ms"),
            startup_ms=None if startup_ms is None else min(startup_ms, rules.MAX_STARTUP_MS),
            rebuffer_ms=told["rebuffer_ms"],
            rebuffer_count=told["rebuffer_count"],
            bitrate_bps=told["bitrate_bps"],
            errors=rules.known_errors(told["error_codes"]),
            is_leaving=told["leaving"],
        )


class PresenceOut(serializers.Serializer[object]):
    viewers = serializers.IntegerField()
    next_in_s = serializers.IntegerField(help_text="When to say so again; later is as leaving.")
    counted = serializers.BooleanField(source="is_counted")

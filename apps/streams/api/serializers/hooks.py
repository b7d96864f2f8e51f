"""What the ingest tells, as JSON."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers
from typing_extensions import override

MAX_EPOCH = 2**31 - 1  # far below what a document can hold
REQUIRED: Final = serializers.ErrorDetail("This field is required.", "required")


class HookIn(serializers.Serializer[object]):
    """A signed call of the ingest; unknown fields of a newer one are ignored."""

    event = serializers.ChoiceField(choices=("publish", "started", "heartbeat", "stopped"))
    session_id = serializers.CharField(max_length=64)
    key = serializers.CharField(required=False, max_length=200)
    broadcast_id = serializers.CharField(required=False, max_length=26)
    epoch = serializers.IntegerField(required=False, min_value=0, max_value=MAX_EPOCH)
    health = serializers.DictField(child=serializers.FloatField(), required=False)
    # of a heartbeat: there is something to watch, so that a lost start is made good
    playing = serializers.BooleanField(default=False)
    # of a stop: why, for staff
    reason = serializers.CharField(default="", max_length=64, allow_blank=True)

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the key of a session that begins, and for the ids of one that runs."""
        needed = ("key",) if attrs["event"] == "publish" else ("broadcast_id", "epoch")
        missing = {name: REQUIRED for name in needed if name not in attrs}
        if missing:
            raise serializers.ValidationError(missing)
        return attrs

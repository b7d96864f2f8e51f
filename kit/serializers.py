"""JSON in: every serializer that reads a body refuses what it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from typing_extensions import override


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields, so that a phone's typing error is an answer and not a surprise."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {
                        name: serializers.ErrorDetail("Unknown field.", "unknown")
                        for name in unknown
                    }
                )
        return super().to_internal_value(data)


@dataclass(frozen=True, slots=True)
class Near:
    """Refuses moments and days so far from now that counting from them leaves the calendar."""

    ahead: timedelta
    back: timedelta | None = None

    def __call__(self, value: date) -> None:
        now = timezone.now()
        away = value - now if isinstance(value, datetime) else value - now.date()
        if away > self.ahead:
            raise serializers.ValidationError(f"At most {self.ahead.days} days ahead.", "too-late")
        if self.back is not None and away < -self.back:
            raise serializers.ValidationError(f"At most {self.back.days} days ago.", "too-early")


class PageSerializer(serializers.Serializer[Any]):
    """Base of `{items, next}`; a subclass names `items`."""

    next = serializers.CharField(allow_null=True)

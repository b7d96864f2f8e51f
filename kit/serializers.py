"""JSON in: every serializer that reads a body refuses what it does not know."""

from __future__ import annotations

from typing import Any

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


class PageSerializer(serializers.Serializer[Any]):
    """Base of `{items, next}`; a subclass names `items`."""

    next = serializers.CharField(allow_null=True)

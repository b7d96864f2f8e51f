"""Signed paths of ours as the addresses a phone can use."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


def absolute(serializer: serializers.BaseSerializer[Any], path: str) -> str:
    """Return the path below the host that was asked; an empty one stays empty."""
    request = serializer.context.get("request")
    return str(request.build_absolute_uri(path)) if request and path else path

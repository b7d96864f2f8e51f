"""Settings to adapters: the only module of this context that reads settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from apps.notifications.adapters.shelf import CacheShelf
from apps.notifications.ports import PushProvider
from kit.caches import purgeable


@purgeable
@cache
def push_providers() -> Mapping[str, PushProvider]:
    """Return the providers under the names devices are stored with."""
    return {
        "fcm": _provider(settings.NOTIFICATIONS_FCM),
        "apns": _provider(settings.NOTIFICATIONS_APNS),
    }


def _provider(adapter: tuple[str, dict[str, Any]]) -> PushProvider:
    name, options = adapter
    made: PushProvider = import_string(f"apps.notifications.adapters.{name}")(
        shelf=CacheShelf(), **options
    )
    return made

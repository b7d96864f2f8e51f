"""Settings to adapters: the only module of this context that reads settings."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Protocol

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.utils.module_loading import import_string

from apps.social.ports import Consents, VideoSite
from apps.social.rules import TIME_SLICE
from kit.secrets import Safe


class Site(Consents, VideoSite, Protocol):
    """YouTube is both: who gives consent, and what it is for."""


@cache
def youtube() -> Site:
    name, options = settings.SOCIAL_YOUTUBE
    site: Site = import_string(f"apps.social.adapters.{name}")(**options)
    return site


@cache
def safe() -> Safe:
    return Safe(settings.FIELD_KEYS)


def storage() -> Storage:
    return default_storage


def redirect_url() -> str:
    return str(settings.SOCIAL_REDIRECT_URL)


def time_slice() -> timedelta:
    """How long one task sends before it hands over to the next."""
    return timedelta(seconds=getattr(settings, "SOCIAL_TIME_SLICE_S", TIME_SLICE.seconds))


def public_url() -> str:
    return str(settings.PUBLIC_URL)

"""Settings to adapters: the only module of this context that reads settings."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from apps.previews.adapters.storage import DjangoShelf
from apps.previews.ports import Archive, Composer, PreviewMaker, Shelf


@cache
def maker() -> PreviewMaker:
    name, options = settings.PREVIEWS_MAKER
    made: PreviewMaker = import_string(f"apps.previews.adapters.{name}")(**options)
    return made


@cache
def composer() -> Composer:
    name, options = settings.PREVIEWS_COMPOSER
    made: Composer = import_string(f"apps.previews.adapters.{name}")(**options)
    return made


def watch_on() -> str:
    """Return the words on the end card of what is shared."""
    return str(settings.PREVIEWS_WATCH_ON)


@cache
def shelf() -> Shelf:
    return _storage()


@cache
def archive() -> Archive:
    return _storage()


def _storage() -> DjangoShelf:
    return DjangoShelf(base_url=settings.PREVIEWS_BASE_URL, by_ranges=settings.PREVIEWS_BY_RANGES)

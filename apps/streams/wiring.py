"""Settings to adapters: the only module of this context that reads settings."""

from __future__ import annotations

from functools import cache
from typing import Protocol, cast

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.utils.module_loading import import_string

from apps.streams.ports import (
    Audience,
    EngineSetup,
    EngineStatistics,
    Harvests,
    HealthBoard,
    Joiner,
    LiveOutput,
    MediaEngine,
    Recorder,
    StreamPool,
    StreamTargets,
)
from apps.streams.rules.air import AirRules
from kit.caches import purgeable
from kit.secrets import Safe


class Engine(
    MediaEngine,
    LiveOutput,
    Recorder,
    StreamTargets,
    EngineStatistics,
    EngineSetup,
    StreamPool,
    Protocol,
):
    """One adapter stands behind all ports of an engine."""


@purgeable
@cache
def media_engine() -> Engine:
    name, options = settings.STREAMS_MEDIA_ENGINE
    return cast("Engine", import_string(f"apps.streams.adapters.{name}")(**options))


@cache
def joiner() -> Joiner:
    name, options = settings.STREAMS_JOINER
    made: Joiner = import_string(f"apps.streams.adapters.{name}")(**options)
    return made


@cache
def safe() -> Safe:
    return Safe(settings.FIELD_KEYS)


@cache
def audience() -> Audience:
    name, options = settings.STREAMS_AUDIENCE
    made: Audience = import_string(f"apps.streams.adapters.{name}")(**options)
    return made


def harvests() -> Harvests:
    """Return what the audience counted; the same adapter is both."""
    return cast("Harvests", audience())


@cache
def health_board() -> HealthBoard:
    name, options = settings.STREAMS_HEALTH_BOARD
    made: HealthBoard = import_string(f"apps.streams.adapters.{name}")(**options)
    return made


def storage() -> Storage:
    return default_storage


def key_pepper() -> str:
    return str(settings.STREAMS_KEY_PEPPER)


def hook_secret() -> str:
    return str(settings.STREAMS_HOOK_SECRET)


def pool_size() -> int:
    return int(settings.STREAMS_POOL_SIZE)


def wowza_hook_secret() -> str:
    return str(settings.STREAMS_WOWZA_HOOK_SECRET)


def wowza_video_hook_secret() -> str:
    return str(settings.STREAMS_WOWZA_VIDEO_HOOK_SECRET)


def lease_s() -> int:
    return int(settings.STREAMS_LEASE_S)


def air_rules() -> AirRules:
    return AirRules(**settings.STREAMS_AIR_RULES)


def playback_ttl_s() -> int:
    return int(settings.STREAMS_PLAYBACK_TTL_S)

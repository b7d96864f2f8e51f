"""Settings to adapters: the only module of this context that reads settings."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.accounts import public as accounts
from apps.streams.adapters.origin import HttpOrigin
from apps.streams.ports import (
    Audience,
    Editor,
    EngineSetup,
    EngineStatistics,
    Harvests,
    HealthBoard,
    HlsOrigin,
    Intake,
    LiveFiles,
    LiveOutput,
    MediaEngine,
    Recorder,
    Resolver,
    Spool,
    StreamPool,
    StreamTargets,
    Vault,
)
from apps.streams.rules.air import AirRules
from apps.streams.rules.uploads import UploadLimits
from apps.streams.services.targets import Outside
from apps.streams.services.workshop import Workshop
from kit.caches import purgeable
from kit.secrets import Safe, keys_for


class Engine(
    MediaEngine,
    LiveFiles,
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
def editor() -> Editor:
    name, options = settings.STREAMS_EDITOR
    made: Editor = import_string(f"apps.streams.adapters.{name}")(**options)
    return made


def vault() -> Vault:
    return vault_of(default_storage)


def vault_of(storage: Storage) -> Vault:
    """Return the vault over a storage; a folder's imports no boto3."""
    is_folder = isinstance(storage, FileSystemStorage)
    name = "folder.FolderVault" if is_folder else "bucket.BucketVault"
    made: Vault = import_string(f"apps.streams.adapters.vaults.{name}")(storage)
    return made


def workshop() -> Workshop:
    return Workshop(
        list_parts=media_engine().list_parts,
        editor=editor(),
        vault=vault(),
        folder=Path(settings.STREAMS_WORK_DIRECTORY),
        clock=timezone.now,
        lease_s=lease_s(),
        parts_kept=timedelta(hours=settings.STREAMS_PARTS_KEPT_HOURS),
    )


def retention_days() -> int:
    return int(settings.STREAMS_RETENTION_DAYS)


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
    return AirRules(**settings.STREAMS_AIR_RULES, find_active=accounts.find_active)


@cache
def playback_safe() -> Safe:
    return Safe(keys_for("streams.playback", settings.FIELD_KEYS))


@cache
def origin() -> HlsOrigin:
    return HttpOrigin()


@cache
def resolver() -> Resolver:
    name, options = settings.STREAMS_RESOLVER
    made: Resolver = import_string(f"apps.streams.adapters.{name}")(**options)
    return made


def outside() -> Outside:
    return Outside(resolver=resolver(), ours=settings.STREAMS_TARGET_NETWORKS)


def playback_ttl_s() -> int:
    return int(settings.STREAMS_PLAYBACK_TTL_S)


def spool() -> Spool:
    name, options = settings.STREAMS_SPOOL
    made: Spool = import_string(f"apps.streams.adapters.{name}")(**options)
    return made


@cache
def intake() -> Intake:
    name, options = settings.STREAMS_INTAKE
    made: Intake = import_string(f"apps.streams.adapters.{name}")(**options)
    return made


def upload_limits() -> UploadLimits:
    return UploadLimits(**settings.STREAMS_UPLOAD_LIMITS)

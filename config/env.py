"""The environment, read once and typed: the only reader of `os.environ`."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from typing import Any

from environs import Env, EnvValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Everything an operator may set. `docs/configuration.md` tells each name's meaning."""

    secret_key: str
    allowed_hosts: list[str]
    public_url: str
    database_url: str
    mongodb_url: str
    redis_url: str
    redis_state_url: str
    broker_url: str
    field_keys: list[str]
    jwt_private_key: str
    storage_url: str
    media_accel_prefix: str
    uploads_directory: str
    upload_max_bytes: int
    upload_day_bytes: int
    upload_open_limit: int
    media_engine: str
    ingest_url: str
    ingest_hook_secret: str
    ingest_directory: str
    ingest_health_url: str
    key_pepper: str
    work_directory: str
    scratch_directory: str
    parts_kept_hours: float
    retention_days: int
    live_debounce_s: int
    live_cooldown_s: int
    live_max_duration_s: int
    live_monthly_minutes: int
    live_warning_s: int
    no_show_s: int
    unused_broadcast_s: int
    wowza_url: str
    wowza_user: str
    wowza_password: str
    wowza_application: str
    wowza_authentication: str
    wowza_recordings_directory: str
    wowza_playback_url: str
    wowza_token_secret: str
    wowza_token_prefix: str
    wowza_publisher_user: str
    wowza_publisher_password: str
    wowza_hook_secret: str
    wowza_video_url: str
    wowza_video_token: str
    wowza_video_location: str
    wowza_video_pool: int
    wowza_video_hook_secret: str
    previews_base_url: str
    previews_by_ranges: bool
    previews_live_interval_s: float
    previews_cpu_s: int
    previews_wall_s: int
    previews_memory_mb: int
    previews_output_mb: int
    previews_watch_on: str
    previews_fonts: list[str]
    target_networks: list[str]
    google_client_id: str
    google_client_secret: str
    google_auth_url: str
    google_token_url: str
    google_revoke_url: str
    youtube_root_url: str
    fcm_url: str
    fcm_service_account_file: str
    apns_url: str
    apns_key_file: str
    apns_key_id: str
    apns_team_id: str
    apns_topic: str
    provider_ca_file: str
    startup_wait_s: int
    worker_finish_s: float
    events_kept_days: int
    trusted_proxies: int
    log_format: str
    log_level: str
    metrics_port: int
    metrics_host: str
    broker_management_url: str


class IncompleteEnvironment(SystemExit):
    """Names every variable that is missing or unreadable; the process ends with exit code 1."""

    def __init__(self, complaints: dict[str, list[str]]) -> None:
        listed = "\n".join(
            f"  {name}: {' '.join(map(str, said))}" for name, said in sorted(complaints.items())
        )
        super().__init__(
            "The environment is not complete:\n"
            f"{listed}\n"
            "`make run` makes a complete one for a laptop; docs/configuration.md explains each."
        )


@cache
def environment() -> Environment:
    """Read the environment, or the file SHOWRUNNER_ENV_FILE names for what it does not set.

    Raises:
        IncompleteEnvironment: something is missing or no number where one is wanted.

    """
    env = Env(eager=False)
    env_file = os.environ.get("SHOWRUNNER_ENV_FILE")
    if env_file:
        env.read_env(env_file, recurse=False)
    found = {
        **_ground(env),
        **_storage(env),
        **_media(env),
        **_wowza(env),
        **_air(env),
        **_previews(env),
        **_providers(env),
    }
    try:
        env.seal()
    except EnvValidationError as wrong:
        complaints: Any = wrong.error_messages
        raise IncompleteEnvironment(complaints) from None
    return Environment(**found)


def _ground(env: Env) -> dict[str, Any]:
    redis_url = env.str("REDIS_URL")
    state_url = env.str("REDIS_STATE_URL", None) or redis_url
    return {
        "secret_key": env.str("SECRET_KEY"),
        "allowed_hosts": env.list("ALLOWED_HOSTS"),
        "public_url": env.str("PUBLIC_URL"),
        "database_url": env.str("DATABASE_URL"),
        "mongodb_url": env.str("MONGODB_URL"),
        "redis_url": redis_url,
        "redis_state_url": state_url,
        "broker_url": env.str("BROKER_URL", None) or state_url,
        "field_keys": env.list("FIELD_KEYS"),
        "jwt_private_key": (env.str("JWT_PRIVATE_KEY") or "").replace("\\n", "\n"),
        "trusted_proxies": env.int("TRUSTED_PROXIES", 0),
        "startup_wait_s": env.int("STARTUP_WAIT_S", 10),
        "worker_finish_s": env.float("WORKER_FINISH_S", 40.0),
        "events_kept_days": env.int("EVENTS_KEPT_DAYS", 7),
        "log_format": env.str("LOG_FORMAT", "json"),
        "log_level": env.str("LOG_LEVEL", "INFO"),
        "metrics_port": env.int("METRICS_PORT", 0),
        "metrics_host": env.str("METRICS_HOST", "127.0.0.1"),
        "broker_management_url": env.str("BROKER_MANAGEMENT_URL", ""),
    }


def _media(env: Env) -> dict[str, Any]:
    return {
        "media_engine": env.str("MEDIA_ENGINE", "embedded"),
        "ingest_url": env.str("INGEST_URL"),
        "ingest_hook_secret": env.str("INGEST_HOOK_SECRET"),
        "ingest_directory": env.str("INGEST_DIRECTORY"),
        "ingest_health_url": env.str("INGEST_HEALTH_URL", ""),
        "key_pepper": env.str("KEY_PEPPER"),
        "target_networks": env.list("TARGET_NETWORKS", []),
        "work_directory": env.str("WORK_DIRECTORY", f"{tempfile.gettempdir()}/showrunner-work"),
        "scratch_directory": env.str(
            "SCRATCH_DIRECTORY", f"{tempfile.gettempdir()}/showrunner-scratch"
        ),
        "parts_kept_hours": env.float("PARTS_KEPT_HOURS", 24.0),
        "retention_days": env.int("RETENTION_DAYS", 0),
    }


def _wowza(env: Env) -> dict[str, Any]:
    return {
        "wowza_url": env.str("WOWZA_URL", ""),
        "wowza_user": env.str("WOWZA_USER", ""),
        "wowza_password": env.str("WOWZA_PASSWORD", ""),
        "wowza_application": env.str("WOWZA_APPLICATION", "live"),
        "wowza_authentication": env.str("WOWZA_AUTHENTICATION", "digest"),
        "wowza_recordings_directory": env.str("WOWZA_RECORDINGS_DIRECTORY", ""),
        "wowza_playback_url": env.str("WOWZA_PLAYBACK_URL", ""),
        "wowza_token_secret": env.str("WOWZA_TOKEN_SECRET", ""),
        "wowza_token_prefix": env.str("WOWZA_TOKEN_PREFIX", "wowzatoken"),
        "wowza_publisher_user": env.str("WOWZA_PUBLISHER_USER", ""),
        "wowza_publisher_password": env.str("WOWZA_PUBLISHER_PASSWORD", ""),
        "wowza_hook_secret": env.str("WOWZA_HOOK_SECRET", ""),
        "wowza_video_url": env.str("WOWZA_VIDEO_URL", "https://api.video.wowza.com/api/v2.0"),
        "wowza_video_token": env.str("WOWZA_VIDEO_TOKEN", ""),
        "wowza_video_location": env.str("WOWZA_VIDEO_LOCATION", "eu_germany"),
        "wowza_video_pool": env.int("WOWZA_VIDEO_POOL", 3),
        "wowza_video_hook_secret": env.str("WOWZA_VIDEO_HOOK_SECRET", ""),
    }


def _storage(env: Env) -> dict[str, Any]:
    return {
        "storage_url": env.str("STORAGE_URL"),
        "media_accel_prefix": env.str("MEDIA_ACCEL_PREFIX", ""),
        "uploads_directory": env.str("UPLOADS_DIRECTORY", ""),
        "upload_max_bytes": env.int("UPLOAD_MAX_BYTES", 10 << 30),
        "upload_day_bytes": env.int("UPLOAD_DAY_BYTES", 50 << 30),
        "upload_open_limit": env.int("UPLOAD_OPEN_LIMIT", 5),
    }


def _previews(env: Env) -> dict[str, Any]:
    return {
        "previews_base_url": env.str("PREVIEWS_BASE_URL", "/media/"),
        "previews_by_ranges": env.bool("PREVIEWS_BY_RANGES", True),
        "previews_live_interval_s": env.float("PREVIEWS_LIVE_INTERVAL_S", 20.0),
        "previews_cpu_s": env.int("PREVIEWS_CPU_S", 240),
        "previews_wall_s": env.int("PREVIEWS_WALL_S", 300),
        "previews_memory_mb": env.int("PREVIEWS_MEMORY_MB", 1024),
        "previews_output_mb": env.int("PREVIEWS_OUTPUT_MB", 64),
        "previews_watch_on": env.str("PREVIEWS_WATCH_ON", "Watch live on Showrunner"),
        "previews_fonts": env.list("PREVIEWS_FONTS", []),
    }


def _air(env: Env) -> dict[str, Any]:
    return {
        "live_debounce_s": env.int("LIVE_DEBOUNCE_S", 10),
        "live_cooldown_s": env.int("LIVE_COOLDOWN_S", 600),
        "live_max_duration_s": env.int("LIVE_MAX_DURATION_S", 12 * 3600),
        "live_monthly_minutes": env.int("LIVE_MONTHLY_MINUTES", 0),
        "live_warning_s": env.int("LIVE_WARNING_S", 300),
        "no_show_s": env.int("NO_SHOW_S", 1_800),
        "unused_broadcast_s": env.int("UNUSED_BROADCAST_S", 24 * 3600),
    }


def _providers(env: Env) -> dict[str, Any]:
    return {
        "google_client_id": env.str("GOOGLE_CLIENT_ID"),
        "google_client_secret": env.str("GOOGLE_CLIENT_SECRET"),
        "google_auth_url": env.str(
            "GOOGLE_AUTH_URL", "https://accounts.google.com/o/oauth2/v2/auth"
        ),
        "google_token_url": env.str("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token"),
        "google_revoke_url": env.str("GOOGLE_REVOKE_URL", "https://oauth2.googleapis.com/revoke"),
        "youtube_root_url": env.str("YOUTUBE_ROOT_URL", "https://youtube.googleapis.com/"),
        "fcm_url": env.str("FCM_URL", "https://fcm.googleapis.com"),
        "fcm_service_account_file": env.str("FCM_SERVICE_ACCOUNT_FILE"),
        "apns_url": env.str("APNS_URL", "https://api.push.apple.com"),
        "apns_key_file": env.str("APNS_KEY_FILE"),
        "apns_key_id": env.str("APNS_KEY_ID"),
        "apns_team_id": env.str("APNS_TEAM_ID"),
        "apns_topic": env.str("APNS_TOPIC"),
        "provider_ca_file": env.str("PROVIDER_CA_FILE", ""),
    }

"""What production refuses: values that are only fit for a laptop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from config.env import Environment

MIN_SECRET_CHARS: Final = 50
MIN_TOKEN_CHARS: Final = 32
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class UnsafeSettings(SystemExit):
    """Lists every unsafe value; the process ends with exit code 1."""

    def __init__(self, complaints: list[str]) -> None:
        listed = "\n".join(f"  {line}" for line in complaints)
        super().__init__(f"Production does not start with these values:\n{listed}")


def refuse_unsafe(env: Environment) -> None:
    """End the process with everything that is unsafe, at once.

    Raises:
        UnsafeSettings: at least one value is.

    """
    complaints = [*_secrets(env), *_addresses(env), *_engine(env), *_providers(env)]
    if complaints:
        raise UnsafeSettings(complaints)


def _secrets(env: Environment) -> Iterator[str]:
    named = {
        "SECRET_KEY": env.secret_key,
        "INGEST_HOOK_SECRET": env.ingest_hook_secret,
        "KEY_PEPPER": env.key_pepper,
    }
    for name, value in named.items():
        if len(value) < MIN_SECRET_CHARS or "insecure" in value or "changeme" in value:
            yield f"{name}: shorter than {MIN_SECRET_CHARS} characters or a default."


def _addresses(env: Environment) -> Iterator[str]:
    if "*" in env.allowed_hosts:
        yield "ALLOWED_HOSTS: a wildcard takes any Host header."
    if not env.public_url.startswith("https://"):
        yield "PUBLIC_URL: not https."
    if env.database_url.startswith("sqlite"):
        yield "DATABASE_URL: SQLite is for one machine; use PostgreSQL."
    if not env.broker_url.startswith("amqp"):
        yield "BROKER_URL: not RabbitMQ; Redis redelivers and dead-letters less."
    if env.storage_url.startswith("s3:") and "public-read" in env.storage_url:
        yield "STORAGE_URL: recordings would be readable by everyone."


def _engine(env: Environment) -> Iterator[str]:
    if env.media_engine == "embedded":
        yield "MEDIA_ENGINE: the embedded ingest is for a laptop; use wowza or wowza-video."
    elif env.media_engine == "wowza":
        yield from _wowza(env)
    elif env.media_engine == "wowza-video":
        if not env.wowza_video_url.startswith("https://"):
            yield f"WOWZA_VIDEO_URL: a stand-in ({env.wowza_video_url})."
        if not env.wowza_video_token:
            yield "WOWZA_VIDEO_TOKEN: missing."
    else:
        yield f"MEDIA_ENGINE: there is no {env.media_engine}."


def _wowza(env: Environment) -> Iterator[str]:
    if len(env.wowza_token_secret) < MIN_TOKEN_CHARS:
        yield f"WOWZA_TOKEN_SECRET: shorter than {MIN_TOKEN_CHARS} characters."
    if not env.wowza_playback_url.startswith("https://"):
        yield "WOWZA_PLAYBACK_URL: not https."
    if not env.wowza_recordings_directory:
        yield "WOWZA_RECORDINGS_DIRECTORY: missing; nothing would be kept."
    if env.wowza_hook_secret and len(env.wowza_hook_secret) < MIN_TOKEN_CHARS:
        yield f"WOWZA_HOOK_SECRET: shorter than {MIN_TOKEN_CHARS} characters."


def _providers(env: Environment) -> Iterator[str]:
    named = {
        "GOOGLE_AUTH_URL": env.google_auth_url,
        "GOOGLE_TOKEN_URL": env.google_token_url,
        "GOOGLE_REVOKE_URL": env.google_revoke_url,
        "YOUTUBE_ROOT_URL": env.youtube_root_url,
        "FCM_URL": env.fcm_url,
        "APNS_URL": env.apns_url,
    }
    for name, url in named.items():
        if urlsplit(url).hostname in LOOPBACK or not url.startswith("https://"):
            yield f"{name}: a stand-in ({url})."
    if "sandbox" in env.apns_url or "development" in env.apns_url:
        yield "APNS_URL: Apple's sandbox refuses the tokens of released apps."

"""The environment: complete, or every complaint at once; production, or safe."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from clients.demo.clips import ROOT
from config.env import environment
from config.safety import UnsafeSettings, refuse_unsafe

SAFE = replace(
    environment(),
    secret_key="s" * 50,
    ingest_hook_secret="h" * 50,
    key_pepper="p" * 50,
    allowed_hosts=["api.example.com"],
    public_url="https://api.example.com",
    database_url="postgres://db/x",
    broker_url="amqp://mq/",
    media_engine="wowza",
    wowza_playback_url="https://live.example.com",
    wowza_token_secret="t" * 32,
    wowza_recordings_directory="/mnt/recordings",
    storage_url="s3://bucket",
    google_auth_url="https://accounts.google.com/o/oauth2/v2/auth",
    google_token_url="https://oauth2.googleapis.com/token",
    google_revoke_url="https://oauth2.googleapis.com/revoke",
    youtube_root_url="https://youtube.googleapis.com/",
    fcm_url="https://fcm.googleapis.com",
    apns_url="https://api.push.apple.com",
)


class TestEnvironment:
    def test_reports_everything_that_is_missing_at_once(self) -> None:
        bare = {"PATH": os.environ["PATH"], "STARTUP_WAIT_S": "soon"}

        ended = subprocess.run(
            [sys.executable, "manage.py", "check"],
            cwd=ROOT,
            env=bare,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert ended.returncode == 1
        for name in ("SECRET_KEY", "MONGODB_URL", "APNS_KEY_ID", "STARTUP_WAIT_S", "STORAGE_URL"):
            assert name in ended.stderr
        assert "Traceback" not in ended.stderr


class TestProduction:
    def test_starts_with_safe_values(self) -> None:
        refuse_unsafe(SAFE)

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"secret_key": "short"}, "SECRET_KEY"),
            ({"key_pepper": "insecure" * 10}, "KEY_PEPPER"),
            ({"allowed_hosts": ["*"]}, "ALLOWED_HOSTS"),
            ({"public_url": "http://api.example.com"}, "PUBLIC_URL"),
            ({"database_url": "sqlite:///x"}, "DATABASE_URL"),
            ({"broker_url": "redis://x"}, "BROKER_URL"),
            ({"media_engine": "embedded"}, "MEDIA_ENGINE"),
            ({"media_engine": "wovza"}, "MEDIA_ENGINE"),
            ({"wowza_token_secret": "short"}, "WOWZA_TOKEN_SECRET"),
            ({"wowza_playback_url": "http://live.example.com"}, "WOWZA_PLAYBACK_URL"),
            ({"wowza_recordings_directory": ""}, "WOWZA_RECORDINGS_DIRECTORY"),
            ({"wowza_hook_secret": "short"}, "WOWZA_HOOK_SECRET"),
            ({"media_engine": "wowza-video"}, "WOWZA_VIDEO_TOKEN"),
            ({"fcm_url": "https://127.0.0.1:1"}, "FCM_URL"),
            ({"youtube_root_url": "http://youtube.example/"}, "YOUTUBE_ROOT_URL"),
            ({"apns_url": "https://api.sandbox.push.apple.com"}, "APNS_URL"),
            ({"storage_url": "s3://b?default_acl=public-read"}, "STORAGE_URL"),
        ],
    )
    def test_refuses_an_unsafe_value(self, changed: dict[str, object], says: str) -> None:
        with pytest.raises(UnsafeSettings, match=says):
            refuse_unsafe(replace(SAFE, **changed))  # type: ignore[arg-type]

    def test_names_every_unsafe_value_at_once(self) -> None:
        with pytest.raises(UnsafeSettings) as refused:
            refuse_unsafe(environment())

        said = str(refused.value)
        for name in ("PUBLIC_URL", "DATABASE_URL", "BROKER_URL", "MEDIA_ENGINE", "FCM_URL"):
            assert name in said

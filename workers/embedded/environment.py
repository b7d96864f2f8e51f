"""A complete environment for a laptop: secrets made once, addresses from the ports given."""

from __future__ import annotations

import errno
import json
import random
import secrets
import socket
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import credentials

QUIET_PORTS: Final = range(20_000, 32_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """One TCP port a server of the stack."""

    web: int
    documents: int
    redis: int
    rtmp: int
    ingest_health: int
    google: int
    fcm: int
    apns: int
    wowza: int

    @classmethod
    def free(cls, **wanted: int) -> Ports:
        """Take the wanted ports as they are and free ones for the rest."""
        free = iter(free_ports(len(fields(cls))))
        return cls(**{field.name: wanted.get(field.name) or next(free) for field in fields(cls)})


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on, below those the kernel hands to outgoing connections.

    A server whose port lies among those may find it taken by somebody's client.
    """
    found: list[int] = []
    for port in random.SystemRandom().sample(QUIET_PORTS, len(QUIET_PORTS)):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        found.append(port)
        if len(found) == count:
            return found
    raise OSError(errno.EADDRINUSE, "Too few free ports on this machine.")


def prepare(directory: Path, ports: Ports) -> dict[str, str]:
    """Return every variable the stack needs; keep secrets and credentials in the directory."""
    for name in ("media", "live", "documents", "redis", "sandbox", "logs"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    return {
        **_secrets(directory / "secrets.json"),
        **_addresses(directory, ports),
        **_providers(directory / "sandbox", ports),
        **{f"{name.upper()}_PORT": str(port) for name, port in asdict(ports).items()},
        "VAR": str(directory),
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        "PYTHONUNBUFFERED": "1",
        "STARTUP_WAIT_S": "30",
        "LOG_FORMAT": "text",
    }


def write_env_file(path: Path, variables: dict[str, str]) -> None:
    """Keep the environment for `SHOWRUNNER_ENV_FILE=… manage.py`, readable by its owner only."""
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}='{value}'\n" for name, value in sorted(variables.items())))


def _addresses(directory: Path, ports: Ports) -> dict[str, str]:
    web = f"http://127.0.0.1:{ports.web}"
    redis = f"redis://127.0.0.1:{ports.redis}"
    return {
        "PUBLIC_URL": web,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DATABASE_URL": f"sqlite:///{directory}/showrunner.sqlite3",
        "MONGODB_URL": f"mongodb://127.0.0.1:{ports.documents}/showrunner",
        "REDIS_URL": f"{redis}/0",
        "REDIS_STATE_URL": f"{redis}/1",
        "BROKER_URL": f"{redis}/2",
        "STORAGE_URL": f"file://{directory}/media",
        "MEDIA_ENGINE": "embedded",
        "INGEST_URL": f"rtmp://127.0.0.1:{ports.rtmp}/live",
        "INGEST_DIRECTORY": str(directory / "live"),
        "INGEST_HEALTH_URL": f"http://127.0.0.1:{ports.ingest_health}/healthz",
    }


def _providers(directory: Path, ports: Ports) -> dict[str, str]:
    listeners = credentials.Ports(
        google=ports.google, fcm=ports.fcm, apns=ports.apns, wowza=ports.wowza
    )
    made = credentials.ensure_credentials(directory, listeners)
    google = f"http://127.0.0.1:{ports.google}"
    return {
        "GOOGLE_CLIENT_ID": made.google_client_id,
        "GOOGLE_CLIENT_SECRET": made.google_client_secret,
        "GOOGLE_AUTH_URL": f"{google}/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URL": f"{google}/token",
        "GOOGLE_REVOKE_URL": f"{google}/revoke",
        "YOUTUBE_ROOT_URL": f"{google}/",
        "FCM_URL": f"https://127.0.0.1:{ports.fcm}",
        "FCM_SERVICE_ACCOUNT_FILE": str(made.fcm_service_account_file),
        "APNS_URL": f"https://127.0.0.1:{ports.apns}",
        "APNS_KEY_FILE": str(made.apns_key_file),
        "APNS_KEY_ID": made.apns_key_id,
        "APNS_TEAM_ID": made.apns_team_id,
        "APNS_TOPIC": made.apns_topic,
        "PROVIDER_CA_FILE": str(made.ca_file),
        "WOWZA_URL": f"http://127.0.0.1:{ports.wowza}",
        "WOWZA_USER": made.wowza_user,
        "WOWZA_PASSWORD": made.wowza_password,
    }


def _secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps(_new_secrets(), indent=1))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def _new_secrets() -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "INGEST_HOOK_SECRET": secrets.token_urlsafe(48),
        "KEY_PEPPER": secrets.token_urlsafe(48),
        "FIELD_KEYS": Fernet.generate_key().decode(),
        "STAFF_EMAIL": "staff@showrunner.example",
        "STAFF_PASSWORD": secrets.token_urlsafe(12),
        # one line, as environment files have no others
        "JWT_PRIVATE_KEY": pem.decode().replace("\n", "\\n"),
    }

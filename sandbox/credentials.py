"""The accounts a customer of the providers would hold, made once per directory.

A launcher calls `ensure_credentials` before it starts anything, with the ports it chose; the
stand-ins call it again when they start and find the same files.
"""

from __future__ import annotations

import json
import os
import secrets
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.certificates import lasts, make_certificates, private_pem

PROJECT_ID = "showrunner-sandbox"
APNS_TOPIC = "tv.showrunner.app"

_NAMES = string.ascii_uppercase + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where each stand-in listens; 0 means a free port, known only once it does."""

    google: int = 0
    fcm: int = 0
    apns: int = 0
    wowza: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Paths and identifiers; file names under `directory` never change."""

    directory: Path
    project_id: str
    google_client_id: str
    google_client_secret: str
    apns_key_id: str
    apns_team_id: str
    apns_topic: str
    wowza_user: str
    wowza_password: str

    @property
    def ca_file(self) -> Path:
        """Trust this to talk TLS to the FCM and APNs stand-ins."""
        return self.directory / "ca.pem"

    @property
    def server_cert_file(self) -> Path:
        return self.directory / "server.pem"

    @property
    def server_key_file(self) -> Path:
        return self.directory / "server-key.pem"

    @property
    def fcm_service_account_file(self) -> Path:
        """A service account as the Firebase console hands it out."""
        return self.directory / "fcm-service-account.json"

    @property
    def apns_key_file(self) -> Path:
        """The ES256 signing key, as Apple's .p8."""
        return self.directory / "apns-key.p8"

    @property
    def google_client_file(self) -> Path:
        """The OAuth web client, as the Cloud console hands it out."""
        return self.directory / "google-client.json"


def ensure_credentials(directory: Path, ports: Ports, host: str = "127.0.0.1") -> Credentials:
    """Make what is missing, and point the files at the Google stand-in's port.

    Keys and identifiers stay the same for as long as the directory does. Safe to repeat.

    Raises:
        OSError: the directory cannot be written.

    """
    directory.mkdir(parents=True, exist_ok=True)
    names = _identities(directory / "identities.json")
    credentials = Credentials(
        directory=directory, project_id=PROJECT_ID, apns_topic=APNS_TOPIC, **names
    )
    _ensure_certificates(credentials)
    if not credentials.apns_key_file.exists():
        write(credentials.apns_key_file, private_pem(ec.generate_private_key(ec.SECP256R1())))
    google = f"http://{host}:{ports.google}"
    _ensure_service_account(credentials, google)
    _write_json(credentials.google_client_file, _google_client(credentials, google))
    return credentials


def write(path: Path, content: bytes) -> None:
    """Replace a file at once, readable by its owner only."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    beside.write_bytes(content)
    beside.replace(path)


def _write_json(path: Path, document: object) -> None:
    content = json.dumps(document, indent=2).encode() + b"\n"
    if not path.exists() or path.read_bytes() != content:
        write(path, content)


def _identities(path: Path) -> dict[str, str]:
    """The random names of this directory: ids and passwords, drawn once."""
    if path.exists():
        known: dict[str, str] = json.loads(path.read_bytes())
        return known
    number = "".join(secrets.choice(string.digits) for _ in range(12))
    drawn = {
        "google_client_id": f"{number}-{secrets.token_hex(16)}.apps.googleusercontent.com",
        "google_client_secret": f"GOCSPX-{secrets.token_urlsafe(21)}",
        "apns_key_id": "".join(secrets.choice(_NAMES) for _ in range(10)),
        "apns_team_id": "".join(secrets.choice(_NAMES) for _ in range(10)),
        "wowza_user": "showrunner",
        "wowza_password": secrets.token_urlsafe(18),
    }
    _write_json(path, drawn)
    return drawn


def _ensure_certificates(credentials: Credentials) -> None:
    files = (credentials.ca_file, credentials.server_cert_file, credentials.server_key_file)
    if all(file.exists() for file in files) and lasts(credentials.server_cert_file.read_bytes()):
        return
    made = make_certificates()
    for file, content in zip(files, (made.ca, made.server, made.server_key), strict=True):
        write(file, content)


def _ensure_service_account(credentials: Credentials, google: str) -> None:
    path = credentials.fcm_service_account_file
    account = json.loads(path.read_bytes()) if path.exists() else _service_account()
    account |= {"auth_uri": f"{google}/o/oauth2/v2/auth", "token_uri": f"{google}/token"}
    _write_json(path, account)


def _service_account() -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "type": "service_account",
        "project_id": PROJECT_ID,
        "private_key_id": secrets.token_hex(20),
        "private_key": pem.decode(),
        "client_email": f"push@{PROJECT_ID}.iam.gserviceaccount.com",
        "client_id": str(secrets.randbelow(10**21)),
        "universe_domain": "googleapis.com",
    }


def _google_client(credentials: Credentials, google: str) -> dict[str, Any]:
    return {
        "web": {
            "client_id": credentials.google_client_id,
            "client_secret": credentials.google_client_secret,
            "project_id": credentials.project_id,
            "auth_uri": f"{google}/o/oauth2/v2/auth",
            "token_uri": f"{google}/token",
            "redirect_uris": ["http://127.0.0.1", "http://localhost"],
        }
    }

"""Wowza's SecureToken version 2: how a playback address is signed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

DIGESTS: Final = {"SHA-256": hashlib.sha256, "SHA-384": hashlib.sha384, "SHA-512": hashlib.sha512}


@dataclass(frozen=True, kw_only=True, slots=True)
class SecureToken:
    """The shared secret of an application; `prefix` begins each query parameter it sees."""

    secret: str = field(repr=False)
    prefix: str = "wowzatoken"
    algorithm: str = "SHA-256"

    def query(self, path: str, *, start: datetime, end: datetime) -> str:
        """Return the query that lets a player have `path` from `start` until `end`."""
        times = {"endtime": int(end.timestamp()), "starttime": int(start.timestamp())}
        shown = {name: str(value) for name, value in times.items()}
        signed = [*shown.items(), ("hash", self.hash(path, shown))]
        return "&".join(f"{self.prefix}{name}={value}" for name, value in signed)

    def hash(self, path: str, values: Mapping[str, str], *, client_ip: str = "") -> str:
        """Return the hash over `app[/instance]/stream` and the parameters, without prefix.

        All parts are sorted together, secret and address among them: a secret that begins with
        a digit lies before or after the viewer's address, depending on the viewer.
        """
        parts = [self.secret, *(f"{self.prefix}{name}={value}" for name, value in values.items())]
        if client_ip:
            parts.append(client_ip)
        signed = f"{path}?{'&'.join(sorted(parts))}"
        digest = DIGESTS[self.algorithm](signed.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode()

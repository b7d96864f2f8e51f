"""Which addresses a broadcast may be sent on to."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

MAX_TARGETS: Final = 5


def is_target_address(url: str) -> bool:
    """Say whether it is `rtmp(s)://host/application` on the open Internet.

    The engine stands inside our network: it must not be made to knock there.
    """
    try:
        where = urlsplit(url)
        has_port = where.port is None or where.port > 0
    except ValueError:
        return False
    if where.scheme not in {"rtmp", "rtmps"} or len(where.path) <= 1 or not has_port:
        return False
    return _is_public(where.hostname or "")


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.endswith((".local", ".internal", ".localhost"))

"""Which addresses a broadcast may be sent on to.

The engine stands inside our network: it must not be made to knock there.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

MAX_TARGETS: Final = 5
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Labels with a dot between. The last begins with a letter: of `127.1`, `0x7f.1` or `0177.0.0.1`
# resolvers make addresses of ours.
NAME: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
# Names that are of no public use (RFC 6761, 6762, 7686, 8375, ICANN's .internal), or usual inside.
INSIDE: Final = frozenset(
    {
        *("local", "localhost", "localdomain", "internal", "intranet", "private", "corp", "home"),
        *("lan", "svc", "arpa", "test", "example", "invalid", "onion", "alt"),
    }
)
# Whatever else IPv6 has is special; in here, 6to4 and Teredo carry addresses of IPv4.
UNICAST: Final = ipaddress.ip_network("2000::/3")
CARRIERS: Final = tuple(map(ipaddress.ip_network, ("2001::/32", "2002::/16")))


def host_of(url: str) -> str:
    """Return the host of `rtmp(s)://host/application`; empty where it is none we would send to.

    Nobody's name and password: they would be kept unsealed. Whether an address is outside is for
    `is_outside` to say, once it is known.
    """
    if not (url.isascii() and url.isprintable()) or {" ", "\\"} & set(url):
        return ""
    try:
        where = urlsplit(url)
        has_port = where.port is None or where.port > 0
    except ValueError:
        return ""
    if where.scheme not in {"rtmp", "rtmps"} or len(where.path) <= 1 or not has_port:
        return ""
    host = (where.hostname or "").removesuffix(".")
    return host if "@" not in where.netloc and (_is_literal(host) or _is_name(host)) else ""


def is_outside(address: str, ours: Collection[Network] = ()) -> bool:
    """Say whether an IP address is of the open Internet, or of a network that counts as such."""
    found = ipaddress.ip_address(address)
    if any(found in network for network in ours):
        return True
    if not found.is_global or found.is_multicast or found.is_reserved:
        return False
    is_carrier = any(found in network for network in CARRIERS)
    return isinstance(found, ipaddress.IPv4Address) or (found in UNICAST and not is_carrier)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _is_name(host: str) -> bool:
    return NAME.fullmatch(host) is not None and host.rpartition(".")[2] not in INSIDE

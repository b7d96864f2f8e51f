"""Identifiers: ULID strings, sortable by the moment they were made (github.com/ulid/spec)."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ulid import ULID

ULID_PATTERN: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_id() -> str:
    """Return 26 characters of Crockford base 32: 48 bits of milliseconds, 80 random."""
    return str(ULID())


def id_of(text: str) -> str:
    """Return an id that is always the same for a text; it tells nothing of when."""
    return str(ULID.from_bytes(hashlib.sha256(text.encode()).digest()[:16]))


def is_id(text: str) -> bool:
    return ULID_PATTERN.fullmatch(text) is not None

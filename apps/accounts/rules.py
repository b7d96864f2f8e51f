"""Decisions about people, free of frameworks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

HANDLE_PATTERN: Final = re.compile(r"[a-z0-9_]{3,30}")
MAX_DISPLAY_NAME_CHARS: Final = 50
BELLS: Final = ("all", "highlights", "none")
DEFAULT_BELL: Final = "all"

_KEPT_CHARS: Final = 24  # leaves room for a suffix under the 30 of HANDLE_PATTERN
_TRIES: Final = 6


def wanted_handles(email: str, user_id: str) -> Iterator[str]:
    """Yield handles to try for a new person, the plain local part first.

    The suffix grows from the random end of the ULID, so that a retry after a crash tries the same.
    """
    local = re.sub(r"[^a-z0-9]+", "_", email.partition("@")[0].lower()).strip("_")[:_KEPT_CHARS]
    base = local if len(local) > 2 else f"{local}user"  # noqa: PLR2004 (HANDLE_PATTERN's least)
    yield base
    for digits in range(3, 3 + _TRIES):
        yield f"{base[: 29 - digits]}_{user_id[-digits:].lower()}"
    yield f"u_{user_id.lower()}"


def name_from(email: str) -> str:
    """Return the display name a person starts with: the local part, as words."""
    words = re.sub(r"[^\w]+|_+", " ", email.partition("@")[0]).strip()
    return (words.title() or "Someone")[:MAX_DISPLAY_NAME_CHARS]

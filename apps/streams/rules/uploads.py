"""The states of an upload from a phone, and what one creator may have of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Final

# uploading → checking → stored | failed; uploading → cancelled | expired
OVER_STATES: Final = ("stored", "failed", "cancelled", "expired")
STATES: Final = ("uploading", "checking", *OVER_STATES)
# Nothing arrived for so long: it is not coming back.
IDLE: Final = timedelta(hours=24)
QUOTA_WINDOW: Final = timedelta(hours=24)
TITLE_CHARS: Final = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """Of one upload (bytes), of one creator in QUOTA_WINDOW (bytes), and unfinished at once.

    `piece_s` is how long one request may bring its piece.
    """

    max_bytes: int
    day_bytes: int
    open_limit: int
    piece_s: float = 60.0


def title_of(title: str, filename: str) -> str:
    """Return what a recording is called whose creator gave it no title."""
    stem = PurePosixPath(filename.replace("\\", "/")).stem.strip()
    return (title.strip() or stem or "Upload")[:TITLE_CHARS]


def percent(received_bytes: int, length_bytes: int) -> int:
    return min(100, received_bytes * 100 // max(1, length_bytes))

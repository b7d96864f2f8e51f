"""What a recording must be, and where it is kept."""

from __future__ import annotations

from typing import Final

UNSTORED_STATES: Final = ("expected", "found", "verified")

# A recording whose length is off by more than this against the time on air lost something.
DURATION_TOLERANCE_S: Final = 5.0


def recording_name(broadcast_id: str, sha256: str) -> str:
    """Return a storage name that changes with the bytes, so that caches never lie."""
    return f"recordings/{broadcast_id}/{sha256[:16]}.mp4"


def vod_folder(storage_name: str) -> str:
    """Return the folder of the playlists and segments that were made of a stored recording."""
    return f"{storage_name.removesuffix('.mp4')}/"

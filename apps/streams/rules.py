"""Pure decisions of the streams context."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

OPEN_STATES: Final = ("scheduled", "ready", "live", "interrupted")
ON_AIR_STATES: Final = ("live", "interrupted")
BEFORE_AIR_STATES: Final = ("scheduled", "ready")
VISIBILITIES: Final = ("public", "followers", "unlisted", "private")
UNSTORED_STATES: Final = ("expected", "found", "verified")

# A recording whose length is off by more than this against the time on air lost something.
DURATION_TOLERANCE_S: Final = 5.0


def key_digest(key: str, *, pepper: str) -> str:
    """Return what is stored of a stream key: HMAC-SHA256, so a stolen database opens nothing."""
    return hmac.new(pepper.encode(), key.encode(), hashlib.sha256).hexdigest()


def may_watch(visibility: str, *, is_creator: bool, is_follower: bool) -> bool:
    """Say who sees a broadcast. Unlisted is for whoever was given its id."""
    if is_creator or visibility in {"public", "unlisted"}:
        return True
    return visibility == "followers" and is_follower


def reconnect_until(now: datetime, window_s: int) -> datetime:
    return now + timedelta(seconds=window_s)


def recording_name(broadcast_id: str, sha256: str) -> str:
    """Return a storage name that changes with the bytes, so that caches never lie."""
    return f"recordings/{broadcast_id}/{sha256[:16]}.mp4"

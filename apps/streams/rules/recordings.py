"""What a recording must be, where it is kept, and when somebody must hear that it is late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

UNSTORED_STATES: Final = ("expected", "found", "verified")
PLAYABLE_STATES: Final = ("stored", "published")

# Off the time on air by more than this, a recording lost something: what encoders buffer and the
# length of a group of pictures, and a part of the whole for clocks that drift.
TOLERANCE_S: Final = 5.0
TOLERANCE_RATIO: Final = 0.02

# Parts that nobody delivered for so long will not come.
PARTS_GIVEN_UP_AFTER: Final = timedelta(hours=24)
APPEAL: Final = timedelta(days=30)
FIRST_LOOK: Final = timedelta(minutes=2)
LONGEST_PAUSE: Final = timedelta(hours=1)
MOST_LADDER_TRIES: Final = 6
# How long each step may take before a person hears of it.
ALERT_AFTER: Final = {
    "expected": timedelta(minutes=10),
    "found": timedelta(minutes=30),
    "verified": timedelta(minutes=30),
    "stored": timedelta(hours=6),
    "removed": timedelta(hours=1),
}


def removed_until(reason: str, *, removed_at: datetime) -> datetime:
    """Return from when on the files of a removed recording may be deleted.

    What staff removed stays as long as its creator may appeal.
    """
    return removed_at + (APPEAL if reason == "staff" else timedelta())


def recording_folder(broadcast_id: str) -> str:
    """Return the storage folder that holds everything of a broadcast."""
    return f"recordings/{broadcast_id}"


def recording_name(broadcast_id: str, sha256: str) -> str:
    """Return a storage name that changes with the bytes, so that caches never lie."""
    return f"{recording_folder(broadcast_id)}/{sha256[:16]}.mp4"


def vod_folder(storage_name: str) -> str:
    """Return the folder of the playlists and segments that were made of a stored recording."""
    return f"{storage_name.removesuffix('.mp4')}/"


def is_short(duration_s: float, *, on_air_s: float, absences: int, lease_s: float) -> bool:
    """Say whether a recording lacks more of the time on air than measuring it may be off.

    An encoder that vanished is only missed when its lease is over, so each absence may have been
    counted as on air for as long as a lease.
    """
    tolerance_s = TOLERANCE_S + TOLERANCE_RATIO * on_air_s + absences * lease_s
    return duration_s < on_air_s - tolerance_s


def pause_before(tries: int) -> timedelta:
    """Return how long a step that stalled is left alone: twice as long after every try."""
    doubled = FIRST_LOOK * int(2 ** min(tries, 10))
    return min(doubled, LONGEST_PAUSE)


def is_late(state: str, *, since: datetime, now: datetime) -> bool:
    """Say whether a person must hear that a recording has been in a state for too long."""
    limit = ALERT_AFTER.get(state)
    return limit is not None and now - since > limit

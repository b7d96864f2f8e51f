"""What a heartbeat is worth: who is present, for how long, and what a client may claim."""

from __future__ import annotations

import hashlib
from typing import Final

# A viewer is gone this long after the last heartbeat: one and a half of the longest pause.
PRESENT_MS: Final = 45_000
# A session that comes back within this is the same view.
REMEMBERED_MS: Final = 30 * 60_000
# How long a session is believed that it may watch. What a revoked viewer may see ends earlier,
# where files are served; here only their heartbeats count on for a while.
VERDICT_MS: Final = 5 * 60_000
# Sessions of one person in one broadcast that count at the same time.
MOST_SESSIONS: Final = 6
# What a heartbeat tells besides "here" is taken once a second, so that a replay adds nothing.
BEACON_MS: Final = 1_000
# Twice as fast is the fastest anyone watches: a bin of ten seconds takes five.
BIN_MS: Final = 5_000
MAX_STARTUP_MS: Final = 60_000
MAX_BITRATE_BPS: Final = 200_000_000
MAX_POSITION_S: Final = 7 * 24 * 3_600
MAX_ERRORS: Final = 5
OTHER_ERROR: Final = "other"
ERRORS: Final = frozenset(
    {"network", "timeout", "manifest", "segment", "decode", "drm", "refused", "gone", OTHER_ERROR}
)
PACE: Final = ((1_000, 10), (20_000, 20))
SLOWEST_S: Final = 30
WATCHABLE_STATES: Final = ("live", "interrupted", "ended")
_DIGEST_BYTES: Final = 12


def next_in_s(viewers: int) -> int:
    """Return the pause before the next heartbeat: the more viewers, the longer."""
    return next((pause for below, pause in PACE if viewers < below), SLOWEST_S)


def known_errors(codes: list[str]) -> tuple[str, ...]:
    """Return codes of the closed list, each once; a code of a newer client is `other`.

    Free codes would let anyone fill a store with names.
    """
    known = (code if code in ERRORS else OTHER_ERROR for code in codes[:MAX_ERRORS])
    return tuple(sorted(set(known)))


def disguise(text: str, *, pepper: str) -> str:
    """Return what is kept instead of an id: nobody without the pepper can tell whose it is."""
    return hashlib.blake2b(
        text.encode(), key=pepper.encode()[:64], digest_size=_DIGEST_BYTES
    ).hexdigest()

"""What becomes of a device after the verdicts of its batch, and how outcomes are packed."""

from __future__ import annotations

import base64
import random
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final, TypeVar

from apps.notifications.contracts import Outcome, Verdict

T = TypeVar("T")

CHUNK_USERS: Final = 2_000
BATCH_PUSHES: Final = 500
# Renewed before each batch, whose deadline is 15 s. A worker that is slower still loses the
# chunk to another, which sends what is in doubt passively; a longer lease would make everybody
# wait longer for a worker that died.
LEASE: Final = timedelta(seconds=20)
MAX_ATTEMPTS: Final = 6
MAX_WAIT_S: Final = 300
# A wrong app id makes every address look wrong; a few lost phones do not.
WRONG_APP_SHARE: Final = 0.01
SUSPECT_FOR: Final = timedelta(days=1)


class Fate(IntEnum):
    """The last word on one device, one byte in the packed outcomes."""

    ACCEPTED = 1
    DEAD = 2
    FAILED = 3
    UNKNOWN = 4
    EXPIRED = 5


_FINAL: Final = {
    Verdict.ACCEPTED: Fate.ACCEPTED,
    Verdict.DEAD: Fate.DEAD,
    Verdict.BUG: Fate.FAILED,
    Verdict.WRONG_APP: Fate.FAILED,
    Verdict.SUSPECT: Fate.FAILED,
}


def fate(verdict: Verdict, *, passive: bool) -> Fate | None:
    """Return the last word on a push, or None where it is to be tried again.

    Whatever was in doubt is sent passively once, and its second silence is the end of it.
    """
    if passive and verdict is Verdict.UNKNOWN:
        return Fate.UNKNOWN
    return _FINAL.get(verdict)


def is_provider_away(outcomes: Sequence[Outcome]) -> bool:
    """Tell whether a whole batch came back unanswered or refused for now."""
    waits = {Verdict.RETRY, Verdict.UNPROCESSED, Verdict.UNKNOWN, Verdict.CREDENTIALS}
    return all(outcome.verdict in waits for outcome in outcomes)


def drops_wrong_app(outcomes: Sequence[Outcome]) -> bool:
    """Tell whether addresses of another app are those of lost phones and not our mistake."""
    wrong = sum(outcome.verdict is Verdict.WRONG_APP for outcome in outcomes)
    return wrong <= len(outcomes) * WRONG_APP_SHARE


def is_in_doubt(verdict: Verdict, *, passive: bool) -> bool:
    """Tell whether the device may have it: for ever, once a try may have reached it."""
    return passive or verdict is Verdict.UNKNOWN


def last_word(*, is_in_doubt: bool, is_expired: bool) -> Fate:
    """Return the fate of a push nobody tries again."""
    if is_in_doubt:
        return Fate.UNKNOWN
    return Fate.EXPIRED if is_expired else Fate.FAILED


def is_accepted_elsewhere(outcomes: Sequence[Outcome]) -> bool:
    return any(outcome.verdict is Verdict.ACCEPTED for outcome in outcomes)


def is_suspected(since: datetime) -> bool:
    return since.timestamp() > 0


def is_suspect_for_good(since: datetime, now: datetime) -> bool:
    """Tell whether an address was suspicious on a day before this one, too."""
    return is_suspected(since) and now - since >= SUSPECT_FOR


def wait_s(attempts: int, asked_s: int) -> float:
    """Return how long a chunk waits: what the provider asked for, or 1, 2, 4 … s, with jitter."""
    backoff: int = min(MAX_WAIT_S, 2 ** max(0, attempts - 1))
    return max(asked_s, backoff) * random.uniform(1.0, 1.25)  # noqa: S311 (spread, no secret)


def cut(rows: Sequence[T], size: int) -> list[Sequence[T]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def pack_ids(installation_ids: Iterable[str]) -> str:
    """Return installation ids as base64 of 16 bytes each."""
    return _encoded(b"".join(uuid.UUID(known).bytes for known in installation_ids))


def unpack_ids(packed: str) -> list[str]:
    raw = base64.b64decode(packed)
    return [str(uuid.UUID(bytes=raw[at : at + 16])) for at in range(0, len(raw), 16)]


def pack_fates(fates: Mapping[str, Fate]) -> str:
    """Return fates as base64 of 17 bytes each: the installation id and one byte."""
    return _encoded(
        b"".join(uuid.UUID(known).bytes + bytes([last]) for known, last in fates.items())
    )


def unpack_fates(packed: Iterable[str]) -> dict[str, Fate]:
    found = {}
    for blob in packed:
        raw = base64.b64decode(blob)
        for at in range(0, len(raw), 17):
            found[str(uuid.UUID(bytes=raw[at : at + 16]))] = Fate(raw[at + 16])
    return found


def count(fates: Iterable[Fate]) -> dict[str, int]:
    return {last.name.lower(): number for last, number in Counter(fates).items()}


def _encoded(raw: bytes) -> str:
    # Text, as the embedded engine hands pushed binaries back as something else.
    return base64.b64encode(raw).decode()

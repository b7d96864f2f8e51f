"""Pure decisions about queues: how old, how fast, and whether a person is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workers.progress import Progress
from workers.queues.contracts import Look, QueueRow, Reading, Seen

OLDEST_S: Final = 300.0
# A wait that the last begun message had says how it is now only if that was just now.
RECENT_S: Final = 60.0
# Rates between looks closer than this are noise, further apart than that are history.
LEAST_APART_S: Final = 1.0
MOST_APART_S: Final = 600.0

DEAD: Final = "dead-letters"
NOBODY: Final = "nobody-works"
SLOW: Final = "slow"
PROBLEMS: Final = {
    DEAD: "has dead letters waiting",
    NOBODY: "holds messages and nobody works on it",
    SLOW: "makes its messages wait too long",
}


@dataclass(frozen=True, slots=True)
class Known:
    """Everything known of one queue at one moment; `before` is of an earlier look."""

    reading: Reading
    progress: Progress
    dead: int | None
    now: float
    before: Seen | None = None
    before_at: float = 0.0


def row(known: Known, *, oldest_s: float = OLDEST_S) -> QueueRow:
    """Put together what an operator decides on."""
    reading, progress = known.reading, known.progress
    at_least, at_most = bounds(known)
    waited = _last_wait(known)
    coming, going = rates(known)
    consumers = reading.consumers if reading.consumers is not None else progress.workers
    problems = (
        (NOBODY, reading.ready > 0 and consumers == 0),
        (DEAD, bool(known.dead)),
        (SLOW, max(at_least or 0.0, waited or 0.0) >= oldest_s and reading.ready > 0),
    )
    return QueueRow(
        id=reading.name,
        ready=reading.ready,
        unacked=reading.unacked,
        consumers=consumers,
        oldest_at_least_s=at_least,
        oldest_at_most_s=at_most,
        last_wait_s=waited,
        in_per_s=coming,
        out_per_s=going,
        dead=known.dead,
        problems=tuple(code for code, is_so in problems if is_so),
    )


def seen(known: Known) -> Seen:
    """Return what the next look must remember of this one."""
    ready, begun, before = known.reading.ready, known.progress.begun, known.before
    if ready == 0:
        return Seen(0, begun, None, known.now)
    is_unmoved = before is not None and before.unmoved_since and before.begun == begun
    return Seen(
        ready,
        begun,
        before.unmoved_since if before and is_unmoved else known.now,
        before.empty_at if before else None,
    )


def bounds(known: Known) -> tuple[float | None, float | None]:
    """Return how old the oldest ready message is: at least, at most, in seconds.

    A queue is first in, first out. So its head was sent after what was begun last, and after the
    queue was last seen empty; and where nothing was begun between two looks, the head is the same.
    """
    if known.reading.ready == 0:
        return None, None
    if known.reading.head_sent_at is not None:
        exact = max(known.now - known.reading.head_sent_at, 0.0)
        return exact, exact
    before = known.before
    after = [
        moment
        for moment in (known.progress.last_since, before.empty_at if before else None)
        if moment is not None
    ]
    at_most = max(known.now - max(after), 0.0) if after else None
    is_unmoved = before is not None and before.begun == known.progress.begun
    since = before.unmoved_since if before is not None and is_unmoved else None
    return (max(known.now - since, 0.0) if since else 0.0), at_most


def rates(known: Known) -> tuple[float | None, float | None]:
    """Return messages a second in and out since the look before; None where that is no help."""
    apart_s = known.now - known.before_at
    if known.before is None or not LEAST_APART_S <= apart_s <= MOST_APART_S:
        return None, None
    going = max(known.progress.begun - known.before.begun, 0)
    coming = max(going + known.reading.ready - known.before.ready, 0)
    return coming / apart_s, going / apart_s


def choose(looks: list[Look], now: float) -> Look | None:
    """Return the last look that is far enough back for rates."""
    return next((one for one in reversed(looks) if now - one.at >= LEAST_APART_S), None)


def _last_wait(known: Known) -> float | None:
    """Return how long what was begun last had waited, where that was just now."""
    since, begun_at = known.progress.last_since, known.progress.last_begun_at
    if since is None or begun_at is None or known.now - begun_at > RECENT_S:
        return None
    return max(begun_at - since, 0.0)

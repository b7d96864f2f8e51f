"""What others may hold of a look at the queues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What the broker says of one queue; None is what this broker cannot say.

    unacked: handed out and not acknowledged. head_sent_at: when the oldest ready message was sent,
    in seconds since 1970.
    """

    name: str
    ready: int
    unacked: int | None = None
    consumers: int | None = None
    head_sent_at: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is remembered of a queue from one look to the next.

    unmoved_since: since when it has held messages and none was begun. empty_at: when it was last
    seen empty. Moments in seconds since 1970.
    """

    ready: int
    begun: int
    unmoved_since: float | None = None
    empty_at: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One look at all queues, as the next one remembers it."""

    at: float
    queues: dict[str, Seen]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One queue; None is not known.

    oldest_…: the age of its oldest ready message lies between two bounds; where the broker shows
    the message itself (Redis), both are its age. last_wait_s: what a worker saw last, just now.
    dead: letters in the ledger that wait, and those in the dead queue that no undertaker took.
    problems: why a person is needed, as codes of `rules.PROBLEMS`.
    """

    id: str
    ready: int
    unacked: int | None
    consumers: int | None
    oldest_at_least_s: float | None
    oldest_at_most_s: float | None
    last_wait_s: float | None
    in_per_s: float | None
    out_per_s: float | None
    dead: int | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """All queues at one moment.

    is_ledger_known: whether the ledger answered; without it only what lies in dead queues counts.
    dead_elsewhere: letters that wait in the ledger and came from queues that are no more.
    """

    at: datetime
    broker: str
    rows: list[QueueRow]
    is_ledger_known: bool = True
    dead_elsewhere: int = 0

    @property
    def needs_a_person(self) -> bool:
        return (
            any(row.problems for row in self.rows)
            or self.dead_elsewhere > 0
            or not self.is_ledger_known
        )

    @property
    def dead(self) -> int:
        return sum(row.dead or 0 for row in self.rows) + self.dead_elsewhere

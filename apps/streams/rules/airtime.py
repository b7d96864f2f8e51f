"""How long a broadcast was on air, from the moments its encoder came and went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """A moment at which pictures began to come (`is_on`), or were missed."""

    at: datetime
    is_on: bool


@dataclass(frozen=True, slots=True)
class Airtime:
    """Seconds on air, and how often the encoder was away in between."""

    seconds: float
    absences: int


def airtime(turns: Iterable[Turn], *, began_at: datetime, ended_at: datetime) -> Airtime:
    """Add up the spans on air between two moments; turns come in any order, and repeated."""
    seconds, absences = 0.0, 0
    on_since: datetime | None = began_at
    for turn in sorted(turns):
        at = min(max(turn.at, began_at), ended_at)
        if turn.is_on:
            on_since = on_since or at
        elif on_since is not None:
            seconds += (at - on_since).total_seconds()
            on_since, absences = None, absences + 1
    if on_since is not None:
        seconds += (ended_at - on_since).total_seconds()
    return Airtime(seconds, absences)

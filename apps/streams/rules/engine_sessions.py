"""Which of the connections an engine lists may stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.streams.contracts import EngineSession

# A phone that lost its network leaves a connection behind that keeps the name: it must fall before
# the phone gives up, and after what a mobile network swallows now and then.
STALLED_AFTER: Final = timedelta(seconds=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """`chosen` may stay, one for each place; the others are to be cut."""

    chosen: list[EngineSession]
    unwanted: list[EngineSession]


def sort_sessions(
    listed: Iterable[EngineSession],
    *,
    place_of: Mapping[str, str],
    known: Iterable[str],
    now: datetime,
) -> Sorted:
    """Let one session of each place stay: the newest, and of equals the one nobody knows.

    `place_of` maps sessions whose key is valid to what they would hold; others are strangers.
    """
    had, chosen = set(known), dict[str, EngineSession]()
    unwanted: list[EngineSession] = []

    def newness(session: EngineSession) -> tuple[datetime, bool]:
        return session.started_at or now, session.session_id not in had

    for session in sorted(listed, key=newness):
        place = place_of.get(session.session_id)
        if place is None:
            unwanted.append(session)
            continue
        if older := chosen.get(place):
            unwanted.append(older)
        chosen[place] = session
    return Sorted(chosen=list(chosen.values()), unwanted=unwanted)


@dataclass(frozen=True, slots=True)
class Count:
    """How many bytes a session had brought, and since when it is that many."""

    received_bytes: int
    since: datetime


def count(before: Count | None, session: EngineSession, now: datetime) -> Count:
    if before is not None and before.received_bytes == session.received_bytes:
        return before
    return Count(session.received_bytes, now)


def is_stalled(counted: Count, now: datetime) -> bool:
    """Say whether a session brings nothing any more; one that is not counted never is."""
    return counted.received_bytes >= 0 and now - counted.since >= STALLED_AFTER

"""What a creator or staff do to a broadcast."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from apps.streams.contracts import BroadcastDraft, BroadcastSummary
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.errors import BroadcastNotLive, StartsInThePast
from apps.streams.events import (
    BroadcastCancelled,
    BroadcastEnded,
    BroadcastRemoved,
    BroadcastScheduled,
)
from apps.streams.queries.broadcasts import get_broadcast
from apps.streams.rules.air import DEFAULTS, AirRules, expires_at
from apps.streams.rules.broadcasts import BEFORE_AIR_STATES, ON_AIR_STATES
from kit.documents import announce
from kit.events import Event
from kit.ids import new_id

# A removal that loses against another transition looks again; so many in a row is no accident.
REMOVAL_TRIES: Final = 3


def create_broadcast(
    *,
    creator_id: str,
    draft: BroadcastDraft,
    now: datetime,
    rules: AirRules = DEFAULTS,
    broadcast_id: str | None = None,
) -> BroadcastSummary:
    """Open a broadcast an encoder may publish to, at once or from `starts_at` on.

    Raises:
        StartsInThePast: `starts_at` is before now.
        NotUniqueError: it has an id, and there is one of that id.

    """
    if draft.starts_at is not None and draft.starts_at <= now:
        raise StartsInThePast
    broadcast = Broadcast(
        id=broadcast_id or new_id(),
        creator_id=creator_id,
        title=draft.title,
        visibility=draft.visibility,
        record=draft.record,
        starts_at=draft.starts_at,
        reconnect_window_s=draft.reconnect_window_s,
        state="scheduled" if draft.starts_at else "ready",
        expires_at=expires_at(rules, starts_at=draft.starts_at, now=now),
        created_at=now,
    )
    if draft.starts_at is not None:
        broadcast.outbox = announce(
            BroadcastScheduled(
                at=now,
                broadcast_id=broadcast.id,
                creator_id=creator_id,
                title=draft.title,
                starts_at=draft.starts_at.isoformat(),
            )
        )
    broadcast.save(force_insert=True)
    return get_broadcast(broadcast_id=broadcast.id)


def end_broadcast(
    *, broadcast_id: str, by: str, reason: str, note: str, now: datetime
) -> BroadcastSummary:
    """Take a broadcast off the air, or cancel it before its first picture.

    The write itself picks the winner, so of two callers only one succeeds.

    Raises:
        BroadcastNotFound: no such broadcast.
        BroadcastNotLive: it is over already, or someone else just ended it.

    """
    found = get_broadcast(broadcast_id=broadcast_id)
    if found.state in BEFORE_AIR_STATES:
        cancelled = cancelled_event(found, by=by, reason=reason, now=now)
        won = Broadcast.objects.cancel(broadcast_id, reason=reason, announcing=cancelled)
    else:
        ended = ended_event(found, by=by, reason=reason, note=note, now=now)
        won = Broadcast.objects.end(broadcast_id, reason=reason, announcing=ended)
    after = get_broadcast(broadcast_id=broadcast_id)
    if not won:
        raise BroadcastNotLive(broadcast_id=broadcast_id, state=after.state)
    return after


def remove_broadcast(
    *, broadcast_id: str, by: str, reason: str, note: str, now: datetime
) -> BroadcastSummary:
    """Take a broadcast out of everyone's sight, and off the air first. Safe to repeat.

    Raises:
        BroadcastNotFound: no such broadcast.
        BroadcastNotLive: it changes faster than it can be removed; try again.

    """
    for _ in range(REMOVAL_TRIES):
        found = get_broadcast(broadcast_id=broadcast_id)
        if found.state == "removed":
            return found
        removed = BroadcastRemoved(
            at=now,
            broadcast_id=broadcast_id,
            creator_id=found.creator_id,
            title=found.title,
            removed_by=by,
            reason=reason,
            note=note,
        )
        before = _last_words(found, by=by, reason=reason, note=note, now=now)
        if Broadcast.objects.remove(broadcast_id, was=found.state, announcing=[*before, removed]):
            return get_broadcast(broadcast_id=broadcast_id)
    raise BroadcastNotLive(broadcast_id=broadcast_id, state=found.state)


def _last_words(
    found: BroadcastSummary, *, by: str, reason: str, note: str, now: datetime
) -> list[Event]:
    """Return what whoever waits for the end must hear before a removal."""
    if found.state in ON_AIR_STATES:
        return [ended_event(found, by=by, reason=reason, note=note, now=now)]
    if found.state in BEFORE_AIR_STATES:
        return [cancelled_event(found, by=by, reason=reason, now=now)]
    return []


def cancelled_event(
    found: BroadcastSummary, *, by: str, reason: str, now: datetime
) -> BroadcastCancelled:
    return BroadcastCancelled(
        at=now,
        broadcast_id=found.id,
        creator_id=found.creator_id,
        title=found.title,
        cancelled_by=by,
        reason=reason,
    )


def ended_event(
    found: BroadcastSummary, *, by: str, reason: str, note: str, now: datetime
) -> BroadcastEnded:
    return BroadcastEnded(
        at=now,
        broadcast_id=found.id,
        creator_id=found.creator_id,
        title=found.title,
        seconds_live=int((now - (found.live_at or now)).total_seconds()),
        reason=reason,
        ended_by=by,
        note=note,
    )

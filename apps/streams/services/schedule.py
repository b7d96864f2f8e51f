"""When a broadcast is to start, what its creator changes of it, and what nobody came for."""

from __future__ import annotations

from datetime import datetime

from apps.streams.contracts import BroadcastChanges, BroadcastSummary
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.recordings import Recording
from apps.streams.errors import BroadcastNotFound, BroadcastOver, StartsInThePast, WentLive
from apps.streams.events import BroadcastRescheduled, BroadcastScheduled
from apps.streams.queries.broadcasts import get_broadcast
from apps.streams.queries.due import list_starting, list_unvisited
from apps.streams.rules.air import AirRules, expires_at
from apps.streams.rules.broadcasts import BEFORE_AIR_STATES, OPEN_STATES, OVER_STATES
from apps.streams.services.broadcasts import cancelled_event
from apps.streams.services.verdicts import forget_broadcast

# How a broadcast is shown may be changed after its end; how it is made may not.
SHOWN = ("title", "visibility")
MADE = ("record", "reconnect_window_s")


def change_broadcast(
    *, broadcast_id: str, changes: BroadcastChanges, now: datetime, rules: AirRules
) -> BroadcastSummary:
    """Change a broadcast; its recording is shown as the broadcast is.

    Raises:
        BroadcastNotFound: no such broadcast.
        BroadcastOver: it was removed, or is over and the change is about how it is made.
        StartsInThePast: `starts_at` is before now.
        WentLive: it cannot be moved to another time any more.

    """
    found = get_broadcast(broadcast_id=broadcast_id)
    shown = _named(changes, SHOWN)
    made = _named(changes, MADE)
    if changes.starts_at is not None and changes.starts_at != found.starts_at:
        _reschedule(found, changes.starts_at, shown | made, now=now, rules=rules)
    elif shown or made:
        states = OPEN_STATES if made else (*OPEN_STATES, *OVER_STATES)
        if not Broadcast.objects.edit(broadcast_id, values=shown | made, states=states):
            after = get_broadcast(broadcast_id=broadcast_id)
            raise BroadcastOver(broadcast_id=broadcast_id, state=after.state)
    if shown:
        values = {f"set__{name}": value for name, value in shown.items()}
        Recording.objects(broadcast_id=broadcast_id).update(**values)
        forget_broadcast(broadcast_id)
    return get_broadcast(broadcast_id=broadcast_id)


def open_scheduled(*, now: datetime, limit: int) -> int:
    """Make ready what was scheduled for now."""
    found = list_starting(now=now, limit=limit)
    return sum(Broadcast.objects.make_ready(broadcast.id, now=now) for broadcast in found)


def expire_unvisited(*, now: datetime, limit: int) -> int:
    """Cancel what no encoder came for, and fail what showed no picture although one came."""
    return sum(_expire(found, now) for found in list_unvisited(now=now, limit=limit))


def _reschedule(
    found: BroadcastSummary,
    starts_at: datetime,
    values: dict[str, object],
    *,
    now: datetime,
    rules: AirRules,
) -> None:
    if starts_at <= now:
        raise StartsInThePast
    kind = BroadcastRescheduled if found.starts_at else BroadcastScheduled
    told = kind(
        at=now,
        broadcast_id=found.id,
        creator_id=found.creator_id,
        title=str(values.get("title", found.title)),
        starts_at=starts_at.isoformat(),
    )
    values = values | {
        "starts_at": starts_at,
        "expires_at": expires_at(rules, starts_at=starts_at, now=now),
    }
    if Broadcast.objects.reschedule(found.id, values=values, announcing=told):
        return
    after = get_broadcast(broadcast_id=found.id)
    if after.state in OPEN_STATES:
        raise WentLive(broadcast_id=found.id)
    raise BroadcastOver(broadcast_id=found.id, state=after.state)


def _expire(broadcast: Broadcast, now: datetime) -> bool:
    lease = broadcast.lease_until
    if lease is not None and lease > now:
        return False  # an encoder is here, its first picture is on the way
    reason = "no_show" if lease is None else "no_media"
    try:
        found = get_broadcast(broadcast_id=str(broadcast.id))
    except BroadcastNotFound:
        return False
    if found.state not in BEFORE_AIR_STATES:
        return False
    cancelled = cancelled_event(found, by="", reason=reason, now=now)
    return bool(
        Broadcast.objects.expire(
            broadcast.id, broadcast.epoch, reason=reason, announcing=cancelled
        )
    )


def _named(changes: BroadcastChanges, names: tuple[str, ...]) -> dict[str, object]:
    wanted = {name: getattr(changes, name) for name in names}
    return {name: value for name, value in wanted.items() if value is not None}

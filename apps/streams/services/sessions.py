"""What an encoder's session, or its silence, does to a broadcast.

Every call carries the epoch it was granted; a late or reordered one changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.streams.contracts import IngestGrant
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.keys import IngestKey
from apps.streams.errors import BroadcastNotFound, KeyRefused, StaleSession
from apps.streams.events import BroadcastInterrupted, BroadcastLive, BroadcastResumed
from apps.streams.queries.broadcasts import get_broadcast, get_document, list_given_up, list_lapsed
from apps.streams.rules.broadcasts import reconnect_until
from apps.streams.rules.keys import key_digest
from apps.streams.services.broadcasts import ended_event

SWEEP_LIMIT = 200


def open_session(
    *, key: str, session_id: str, pepper: str, lease_s: int, now: datetime
) -> IngestGrant:
    """Let an encoder in by its key; it takes over whatever session ran before.

    Raises:
        KeyRefused: the key is wrong, revoked, or of a broadcast that is over.

    """
    digest = key_digest(key, pepper=pepper)
    held: IngestKey | None = IngestKey.objects(digest=digest).first()
    if held is None or held.revoked_at is not None:
        raise KeyRefused
    broadcast = Broadcast.objects.open_session(
        held.broadcast_id, session_id=session_id, lease_until=now + timedelta(seconds=lease_s)
    )
    if broadcast is None:
        raise KeyRefused
    IngestKey.objects(id=held.id).update(set__last_used_at=now)
    return IngestGrant(broadcast_id=str(broadcast.id), epoch=broadcast.epoch)


def start_session(*, broadcast_id: str, epoch: int, lease_s: int, now: datetime) -> None:
    """Note that a session's video plays: go live, or come back within the window.

    Raises:
        StaleSession: a newer session took over, or the broadcast is over.

    """
    lease = now + timedelta(seconds=lease_s)
    found = get_broadcast(broadcast_id=broadcast_id)
    live = BroadcastLive(
        at=now,
        broadcast_id=broadcast_id,
        creator_id=found.creator_id,
        title=found.title,
        visibility=found.visibility,
        session_epoch=epoch,
    )
    resumed = BroadcastResumed(
        at=now, broadcast_id=broadcast_id, creator_id=found.creator_id, session_epoch=epoch
    )
    if Broadcast.objects.go_live(broadcast_id, epoch, lease=lease, announcing=live):
        return
    if Broadcast.objects.resume(broadcast_id, epoch, lease=lease, announcing=resumed):
        return
    renew_session(broadcast_id=broadcast_id, epoch=epoch, lease_s=lease_s, now=now)


def renew_session(*, broadcast_id: str, epoch: int, lease_s: int, now: datetime) -> None:
    """Renew the lease of the session that publishes.

    Raises:
        StaleSession: a newer session took over, the key was rotated, or the broadcast is over.

    """
    lease = now + timedelta(seconds=lease_s)
    if not Broadcast.objects.renew(broadcast_id, epoch, lease_until=lease):
        raise StaleSession(broadcast_id=broadcast_id)


def stop_session(*, broadcast_id: str, epoch: int, now: datetime) -> None:
    """Note that a session's video stopped and its part is closed; opens the reconnect window."""
    broadcast = get_document(broadcast_id)
    _interrupt(broadcast, epoch, now)
    Broadcast.objects.close_session(broadcast_id, epoch)


def sweep(*, now: datetime) -> int:
    """Reconcile by the clock: leases that lapsed, windows that closed. Return how many."""
    lapsed = list_lapsed(now=now, limit=SWEEP_LIMIT)
    interrupted = sum(_interrupt(broadcast, broadcast.epoch, now) for broadcast in lapsed)
    ended = sum(
        _close_window(str(broadcast.id), now)
        for broadcast in list_given_up(now=now, limit=SWEEP_LIMIT)
    )
    return interrupted + ended


def is_session_open(*, broadcast_id: str, now: datetime, grace_s: int) -> bool:
    """Say whether an encoder's session may still write its part."""
    broadcast = get_document(broadcast_id)
    if not broadcast.session_id or broadcast.lease_until is None:
        return False
    return bool(broadcast.lease_until + timedelta(seconds=grace_s) > now)


def _interrupt(broadcast: Broadcast, epoch: int, now: datetime) -> bool:
    interrupted = BroadcastInterrupted(
        at=now,
        broadcast_id=str(broadcast.id),
        creator_id=broadcast.creator_id,
        session_epoch=epoch,
    )
    return bool(
        Broadcast.objects.interrupt(
            broadcast.id,
            epoch,
            until=reconnect_until(now, broadcast.reconnect_window_s),
            announcing=interrupted,
        )
    )


def _close_window(broadcast_id: str, now: datetime) -> bool:
    try:
        found = get_broadcast(broadcast_id=broadcast_id)
    except BroadcastNotFound:
        return False
    ended = ended_event(found, by="", reason="window", note="", now=now)
    return bool(Broadcast.objects.give_up(broadcast_id, now=now, announcing=ended))

"""What a creator or staff do to a broadcast."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

from apps.streams.contracts import BroadcastDraft, BroadcastSummary
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.keys import IngestKey
from apps.streams.errors import BroadcastNotLive, BroadcastOver, StartsInThePast
from apps.streams.events import BroadcastCancelled, BroadcastEnded, BroadcastScheduled
from apps.streams.queries.broadcasts import get_broadcast
from apps.streams.rules.broadcasts import BEFORE_AIR_STATES
from apps.streams.rules.keys import key_digest
from kit.documents import announce

KEY_BYTES: Final = 24


def create_broadcast(*, creator_id: str, draft: BroadcastDraft, now: datetime) -> BroadcastSummary:
    """Open a broadcast an encoder may publish to, at once or from `starts_at` on.

    Raises:
        StartsInThePast: `starts_at` is before now.

    """
    if draft.starts_at is not None and draft.starts_at <= now:
        raise StartsInThePast
    broadcast = Broadcast(
        creator_id=creator_id,
        title=draft.title,
        visibility=draft.visibility,
        record=draft.record,
        starts_at=draft.starts_at,
        reconnect_window_s=draft.reconnect_window_s,
        state="scheduled" if draft.starts_at else "ready",
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


def make_key(*, broadcast_id: str, creator_id: str, label: str, pepper: str) -> str:
    """Return a new stream key; it is told this once and kept as a digest only."""
    key = secrets.token_urlsafe(KEY_BYTES)
    IngestKey(
        broadcast_id=broadcast_id,
        creator_id=creator_id,
        label=label,
        digest=key_digest(key, pepper=pepper),
    ).save(force_insert=True)
    return key


def rotate_key(*, broadcast_id: str, creator_id: str, pepper: str, now: datetime) -> str:
    """Revoke every key of a broadcast, cut what publishes with them, and return a new key.

    Raises:
        BroadcastOver: it takes no video any more.

    """
    IngestKey.objects(broadcast_id=broadcast_id, revoked_at=None).update(set__revoked_at=now)
    if not Broadcast.objects.fence(broadcast_id):
        state = get_broadcast(broadcast_id=broadcast_id).state
        raise BroadcastOver(broadcast_id=broadcast_id, state=state)
    return make_key(broadcast_id=broadcast_id, creator_id=creator_id, label="", pepper=pepper)


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
        cancelled = BroadcastCancelled(
            at=now,
            broadcast_id=broadcast_id,
            creator_id=found.creator_id,
            title=found.title,
            cancelled_by=by,
        )
        won = Broadcast.objects.cancel(broadcast_id, announcing=cancelled)
    else:
        ended = ended_event(found, by=by, reason=reason, note=note, now=now)
        won = Broadcast.objects.end(broadcast_id, reason=reason, announcing=ended)
    after = get_broadcast(broadcast_id=broadcast_id)
    if not won:
        raise BroadcastNotLive(broadcast_id=broadcast_id, state=after.state)
    return after


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

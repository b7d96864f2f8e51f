"""Stream keys: made, rotated, revoked; whoever publishes with a revoked one is cut."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.keys import IngestKey
from apps.streams.errors import BroadcastOver, KeyNotFound, KeyRefused, TooManyKeys
from apps.streams.events import BroadcastInterrupted
from apps.streams.queries.broadcasts import get_document
from apps.streams.queries.keys import count_channel_keys
from apps.streams.rules.air import FindActive
from apps.streams.rules.broadcasts import OPEN_STATES, reconnect_until
from apps.streams.rules.channels import MAX_KEYS
from apps.streams.rules.keys import key_digest

KEY_BYTES: Final = 24
# Whoever revokes a key and dies before its session is cut has left the cut to the sweeper.
REMEMBERED: Final = timedelta(minutes=10)


def make_key(*, broadcast_id: str, creator_id: str, label: str, pepper: str) -> str:
    """Return a new stream key; it is told this once and kept as a digest only."""
    return _make(broadcast_id=broadcast_id, creator_id=creator_id, label=label, pepper=pepper)[1]


def make_channel_key(*, creator_id: str, label: str, pepper: str) -> tuple[str, str]:
    """Return id and secret of a new key that opens whatever its channel broadcasts next.

    Raises:
        TooManyKeys: the channel has as many as it may.

    """
    if count_channel_keys(creator_id=creator_id) >= MAX_KEYS:
        raise TooManyKeys(most=MAX_KEYS)
    return _make(broadcast_id="", creator_id=creator_id, label=label, pepper=pepper)


def rotate_key(*, broadcast_id: str, creator_id: str, pepper: str, now: datetime) -> str:
    """Revoke every key of a broadcast, cut what publishes to it, and return a new key.

    Raises:
        BroadcastOver: it takes no video any more.

    """
    IngestKey.objects.valid().filter(broadcast_id=broadcast_id).update(set__revoked_at=now)
    if not cut_session(broadcast_id=broadcast_id, now=now):
        state = get_document(broadcast_id).state
        raise BroadcastOver(broadcast_id=broadcast_id, state=state)
    return make_key(broadcast_id=broadcast_id, creator_id=creator_id, label="", pepper=pepper)


def rotate_channel_key(
    *, key_id: str, creator_id: str, pepper: str, now: datetime
) -> tuple[str, str]:
    """Revoke a channel's key, cut what publishes with it, and return id and secret of its heir.

    Raises:
        KeyNotFound: the channel has no such key.

    """
    label = revoke_channel_key(key_id=key_id, creator_id=creator_id, now=now)
    return _make(broadcast_id="", creator_id=creator_id, label=label, pepper=pepper)


def revoke_channel_key(*, key_id: str, creator_id: str, now: datetime) -> str:
    """Revoke a channel's key and cut what publishes with it; return its label. Safe to repeat.

    Raises:
        KeyNotFound: the channel has no such key.

    """
    held: IngestKey | None = IngestKey.objects(
        id=key_id, creator_id=creator_id, broadcast_id=""
    ).first()
    if held is None:
        raise KeyNotFound(key_id=key_id)
    revoke_key(key_id=key_id, now=now)
    return str(held.label)


def revoke_key(*, key_id: str, now: datetime) -> None:
    """Revoke any key and cut what publishes with it. Safe to repeat."""
    IngestKey.objects.revoke(key_id, now=now)
    cut_sessions_of(key_id=key_id, now=now)


def cut_sessions_of(*, key_id: str, now: datetime) -> int:
    """Cut what publishes with a key; return how many sessions that were."""
    publishing = Broadcast.objects(key_id=key_id, state__in=OPEN_STATES).only("id")
    return sum(
        cut_session(broadcast_id=str(broadcast.id), now=now, key_id=key_id)
        for broadcast in publishing
    )


def cut_revoked(*, now: datetime) -> int:
    """Cut what still publishes with a key that was revoked lately."""
    revoked = IngestKey.objects(revoked_at__gt=now - REMEMBERED).only("id")
    return sum(cut_sessions_of(key_id=str(key.id), now=now) for key in revoked)


def cut_session(*, broadcast_id: str, now: datetime, key_id: str | None = None) -> bool:
    """Fence the session of a broadcast off: any, or the one that a key opened.

    A live one waits for its next encoder, as after any interruption. False where nothing was cut.
    """
    found = get_document(broadcast_id)
    until = reconnect_until(now, found.reconnect_window_s)
    interrupted = BroadcastInterrupted(
        at=now,
        broadcast_id=broadcast_id,
        creator_id=found.creator_id,
        session_epoch=found.epoch,
        reason="revoked",
        reconnect_until=until.isoformat(),
    )
    wanted = Broadcast.objects if key_id is None else Broadcast.objects.filter(key_id=key_id)
    # it may go live or be interrupted between the first two, and then the third finds it
    return bool(
        wanted.fence_live(broadcast_id, until=until, announcing=interrupted)
        or wanted.fence(broadcast_id)
        or wanted.fence_live(broadcast_id, until=until, announcing=interrupted)
    )


def find_held(*, key: str, pepper: str, find_active: FindActive) -> IngestKey:
    """Return what is kept of a key an encoder showed.

    Raises:
        KeyRefused: it is wrong, revoked, or its creator's account is suspended or gone.

    """
    digest = key_digest(key, pepper=pepper)
    held: IngestKey | None = IngestKey.objects(digest=digest).first()
    if held is None or not hmac.compare_digest(held.digest, digest) or held.revoked_at:
        raise KeyRefused
    if held.creator_id not in find_active({held.creator_id}):
        raise KeyRefused
    return held


def _make(*, broadcast_id: str, creator_id: str, label: str, pepper: str) -> tuple[str, str]:
    secret = secrets.token_urlsafe(KEY_BYTES)
    made = IngestKey(
        broadcast_id=broadcast_id,
        creator_id=creator_id,
        label=label,
        digest=key_digest(secret, pepper=pepper),
    ).save(force_insert=True)
    return str(made.id), secret

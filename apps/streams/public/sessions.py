"""What the media engine tells and is told."""

from __future__ import annotations

import time

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import (
    IngestGrant,
)
from apps.streams.errors import (
    HookRefused,
)
from apps.streams.public import engine
from apps.streams.queries import broadcasts as found_broadcasts
from apps.streams.services import sessions
from kit import signatures


def check_hook(*, body: bytes, signature: str) -> None:
    """Raise HookRefused unless the ingest signed this body with the shared secret just now."""
    if not signatures.is_signed(wiring.hook_secret(), body, signature, int(time.time())):
        raise HookRefused


def open_session(*, key: str, session_id: str) -> IngestGrant:
    grant = sessions.open_session(
        key=key,
        session_id=session_id,
        pepper=wiring.key_pepper(),
        lease_s=wiring.lease_s(),
        now=timezone.now(),
        rules=wiring.air_rules(),
    )
    if grant.took_over:
        engine.TAKEOVERS.inc()
    return grant


def start_session(*, broadcast_id: str, epoch: int) -> None:
    sessions.start_session(
        broadcast_id=broadcast_id,
        epoch=epoch,
        lease_s=wiring.lease_s(),
        now=timezone.now(),
        rules=wiring.air_rules(),
    )


def renew_session(*, broadcast_id: str, epoch: int, is_playing: bool = False) -> None:
    sessions.renew_session(
        broadcast_id=broadcast_id,
        epoch=epoch,
        lease_s=wiring.lease_s(),
        now=timezone.now(),
        is_playing=is_playing,
        rules=wiring.air_rules(),
    )


def stop_session(*, broadcast_id: str, epoch: int, reason: str = "") -> None:
    sessions.stop_session(
        broadcast_id=broadcast_id, epoch=epoch, now=timezone.now(), reason=reason
    )


def is_over(*, broadcast_id: str) -> bool:
    found = found_broadcasts.get_broadcast(broadcast_id=broadcast_id)
    return found.state == "ended" or (found.state == "removed" and found.live_at is not None)


def sweep() -> int:
    return sessions.sweep(now=timezone.now(), rules=wiring.air_rules())


def disconnect(*, broadcast_id: str, epoch: int | None = None) -> None:
    """Cut what publishes, but no session newer than `epoch`. Safe to repeat, and late.

    Of a broadcast that is over the engine lets everything go.
    """
    if not sessions.is_to_be_cut(broadcast_id=broadcast_id, epoch=epoch):
        return
    if is_over(broadcast_id=broadcast_id):
        engine.release(broadcast_id=broadcast_id)
    else:
        engine.cut(broadcast_id=broadcast_id)

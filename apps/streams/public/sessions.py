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
    return sessions.open_session(
        key=key,
        session_id=session_id,
        pepper=wiring.key_pepper(),
        lease_s=wiring.lease_s(),
        now=timezone.now(),
    )


def start_session(*, broadcast_id: str, epoch: int) -> None:
    sessions.start_session(
        broadcast_id=broadcast_id, epoch=epoch, lease_s=wiring.lease_s(), now=timezone.now()
    )


def renew_session(*, broadcast_id: str, epoch: int) -> None:
    sessions.renew_session(
        broadcast_id=broadcast_id, epoch=epoch, lease_s=wiring.lease_s(), now=timezone.now()
    )


def stop_session(*, broadcast_id: str, epoch: int) -> None:
    sessions.stop_session(broadcast_id=broadcast_id, epoch=epoch, now=timezone.now())


def is_over(*, broadcast_id: str) -> bool:
    return found_broadcasts.get_broadcast(broadcast_id=broadcast_id).state == "ended"


def sweep() -> int:
    return sessions.sweep(now=timezone.now())


def disconnect(*, broadcast_id: str) -> None:
    """Let the engine go of a broadcast that is over."""
    engine.release(broadcast_id=broadcast_id)

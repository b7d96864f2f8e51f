"""What streams does when something happened here."""

from __future__ import annotations

from apps.streams import tasks
from apps.streams.events import (
    BroadcastCancelled,
    BroadcastEnded,
    BroadcastInterrupted,
    BroadcastStarted,
)
from kit.subscriptions import on


@on(BroadcastStarted)
def expect_recording(event: BroadcastStarted) -> None:
    tasks.expect_recording.delay(broadcast_id=event.broadcast_id)


@on(BroadcastInterrupted)
def disconnect_revoked(event: BroadcastInterrupted) -> None:
    if event.reason == "revoked":
        tasks.disconnect.delay(broadcast_id=event.broadcast_id, epoch=event.session_epoch)


@on(BroadcastCancelled)
def disconnect_early_bird(event: BroadcastCancelled) -> None:
    tasks.disconnect.delay(broadcast_id=event.broadcast_id)


@on(BroadcastEnded)
def disconnect_encoder(event: BroadcastEnded) -> None:
    tasks.disconnect.delay(broadcast_id=event.broadcast_id)


@on(BroadcastEnded)
def store_recording(event: BroadcastEnded) -> None:
    tasks.store_recording.delay(broadcast_id=event.broadcast_id)

"""What streams does when something happened here."""

from __future__ import annotations

from apps.streams import tasks
from apps.streams.events import BroadcastEnded, BroadcastLive
from kit.subscriptions import on


@on(BroadcastLive)
def expect_recording(event: BroadcastLive) -> None:
    tasks.expect_recording.delay(broadcast_id=event.broadcast_id)


@on(BroadcastEnded)
def disconnect_encoder(event: BroadcastEnded) -> None:
    tasks.disconnect.delay(broadcast_id=event.broadcast_id)


@on(BroadcastEnded)
def store_recording(event: BroadcastEnded) -> None:
    tasks.store_recording.delay(broadcast_id=event.broadcast_id)

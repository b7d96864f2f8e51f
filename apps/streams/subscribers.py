"""What streams does when something happened here."""

from __future__ import annotations

from apps.accounts.events import CreatorUnfollowed
from apps.streams import public as streams
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


@on(BroadcastEnded)
def end_playlists(event: BroadcastEnded) -> None:
    streams.forget_broadcast_verdicts(broadcast_id=event.broadcast_id)


@on(CreatorUnfollowed)
def ask_players_again(event: CreatorUnfollowed) -> None:
    streams.forget_viewer_verdicts(viewer_id=event.follower_id)

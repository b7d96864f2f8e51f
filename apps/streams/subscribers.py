"""What streams does when something happened here."""

from __future__ import annotations

from apps.accounts.events import CreatorUnfollowed
from apps.streams import public as streams
from apps.streams import tasks
from apps.streams.events import (
    BroadcastCancelled,
    BroadcastEnded,
    BroadcastInterrupted,
    BroadcastRemoved,
    BroadcastResumed,
    BroadcastStarted,
    RecordingRemoved,
    RecordingStored,
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


@on(BroadcastInterrupted)
def note_absence(event: BroadcastInterrupted) -> None:
    _note_turn(event, is_on=False)


@on(BroadcastResumed)
def note_return(event: BroadcastResumed) -> None:
    _note_turn(event, is_on=True)


@on(BroadcastRemoved)
def remove_recording(event: BroadcastRemoved) -> None:
    streams.remove_recording_of(broadcast_id=event.broadcast_id, by=event.removed_by)


@on(RecordingStored)
def make_renditions(event: RecordingStored) -> None:
    tasks.make_renditions.delay(recording_id=event.recording_id)


@on(RecordingRemoved)
def purge_recording(event: RecordingRemoved) -> None:
    tasks.purge_recording.delay(recording_id=event.recording_id)


def _note_turn(event: BroadcastInterrupted | BroadcastResumed, *, is_on: bool) -> None:
    tasks.note_turn.delay(
        broadcast_id=event.broadcast_id,
        event_id=event.event_id,
        at=event.at.isoformat(),
        is_on=is_on,
    )


@on(BroadcastEnded)
def end_playlists(event: BroadcastEnded) -> None:
    streams.forget_broadcast_verdicts(broadcast_id=event.broadcast_id)


@on(BroadcastRemoved)
def refuse_players(event: BroadcastRemoved) -> None:
    streams.forget_broadcast_verdicts(broadcast_id=event.broadcast_id)


@on(CreatorUnfollowed)
def ask_players_again(event: CreatorUnfollowed) -> None:
    streams.forget_viewer_verdicts(viewer_id=event.follower_id)

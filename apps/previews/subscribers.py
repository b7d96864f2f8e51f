"""What previews does when something happened elsewhere."""

from __future__ import annotations

from apps.previews import public as previews
from apps.previews import tasks
from apps.previews.contracts import Subject
from apps.streams.events import (
    BroadcastRemoved,
    BroadcastStarted,
    RecordingRemoved,
    RecordingStored,
)
from kit.subscriptions import on


@on(RecordingStored)
def expect_recording_set(event: RecordingStored) -> None:
    previews.expect_recording_set(recording_id=event.recording_id, broadcast_id=event.broadcast_id)


@on(RecordingStored)
def make_recording_set(event: RecordingStored) -> None:
    tasks.make_recording_set.delay(recording_id=event.recording_id)


@on(BroadcastStarted)
def refresh_live(event: BroadcastStarted) -> None:
    tasks.refresh_live.delay(broadcast_id=event.broadcast_id)


@on(BroadcastRemoved)
def take_down(event: BroadcastRemoved) -> None:
    tasks.take_down.delay(subject=Subject.BROADCAST.value, subject_id=event.broadcast_id)


@on(RecordingRemoved)
def take_down_recording(event: RecordingRemoved) -> None:
    tasks.take_down.delay(subject=Subject.RECORDING.value, subject_id=event.recording_id)

"""Celery entry points: a name, one call. The prefix of the name is the queue."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task

from apps.streams import public as streams
from kit.slices import SlicedTask
from kit.tasks import UrgentTask


@shared_task(name="streams.sweep")
def sweep() -> None:
    streams.sweep()


@shared_task(name="streams.disconnect")
def disconnect(*, broadcast_id: str, epoch: int | None = None) -> None:
    streams.disconnect(broadcast_id=broadcast_id, epoch=epoch)


@shared_task(name="streams.poll_engine")
def poll_engine() -> None:
    for broadcast_id in streams.poll_engine():
        store_recording.delay(broadcast_id=broadcast_id)


@shared_task(name="streams.measure_encoders")
def measure_encoders() -> None:
    streams.measure_encoders()


@shared_task(name="streams.tend_pool")
def tend_pool() -> None:
    streams.tend_pool()


@shared_task(name="streams.expect_recording")
def expect_recording(*, broadcast_id: str) -> None:
    streams.expect_recording(broadcast_id=broadcast_id)


@shared_task(name="streams.note_turn")
def note_turn(*, broadcast_id: str, event_id: str, at: str, is_on: bool) -> None:
    moment = datetime.fromisoformat(at)
    streams.note_turn(broadcast_id=broadcast_id, event_id=event_id, at=moment, is_on=is_on)


@shared_task(name="streams.store_recording", base=SlicedTask)
def store_recording(*, broadcast_id: str) -> bool:
    return streams.store_recording(broadcast_id=broadcast_id)


@shared_task(name="streams.tidy_recording")
def tidy_recording(*, recording_id: str) -> None:
    streams.tidy_recording(recording_id=recording_id)


@shared_task(name="streams.purge_recording")
def purge_recording(*, recording_id: str) -> None:
    streams.purge_recording(recording_id=recording_id)


@shared_task(name="streams.expire_recordings")
def expire_recordings() -> None:
    streams.expire_recordings()


@shared_task(name="media.make_renditions", base=SlicedTask)
def make_renditions(*, recording_id: str) -> bool:
    return streams.make_renditions(recording_id=recording_id)


# somebody waits for it
@shared_task(name="media.make_clip", base=UrgentTask)
def make_clip(*, clip_id: str) -> None:
    streams.make_clip(clip_id=clip_id)


@shared_task(name="streams.roll_up_presence")
def roll_up_presence() -> None:
    streams.roll_up_presence()


@shared_task(name="streams.reconcile")
def reconcile() -> None:
    for due in streams.claim_due_recordings():
        match due.work:
            case "store":
                store_recording.delay(broadcast_id=due.broadcast_id)
            case "publish":
                make_renditions.delay(recording_id=due.subject_id)
            case "tidy":
                tidy_recording.delay(recording_id=due.subject_id)
            case "purge":
                purge_recording.delay(recording_id=due.subject_id)
            case "clip":
                make_clip.delay(clip_id=due.subject_id)


@shared_task(name="streams.check_upload")
def check_upload(*, upload_id: str) -> None:
    streams.check_upload(upload_id=upload_id)


@shared_task(name="streams.tidy_uploads")
def tidy_uploads() -> None:
    streams.tidy_uploads()
    for upload_id in streams.list_unchecked_uploads():
        check_upload.delay(upload_id=upload_id)

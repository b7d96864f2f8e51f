"""Celery entry points: a name, one call. The prefix of the name is the queue."""

from __future__ import annotations

from typing import Final

from celery import shared_task

from apps.previews import public as previews
from apps.previews.contracts import Subject
from kit.tasks import UrgentTask

# A refresh that waited longer than this is overtaken by the next one.
REFRESH_EXPIRES_S: Final = 20


@shared_task(name="previews.make_recording_set")
def make_recording_set(*, recording_id: str) -> None:
    previews.make_recording_set(recording_id=recording_id)


# somebody is looking at it now
@shared_task(name="previews.refresh_live", base=UrgentTask)
def refresh_live(*, broadcast_id: str) -> None:
    previews.refresh_live(broadcast_id=broadcast_id)


@shared_task(name="previews.refresh_lives")
def refresh_lives() -> None:
    for broadcast_id in previews.list_live_ids():
        refresh_live.apply_async(kwargs={"broadcast_id": broadcast_id}, expires=REFRESH_EXPIRES_S)


@shared_task(name="previews.reconcile")
def reconcile() -> None:
    for stale in previews.claim_stale():
        if stale.subject == Subject.RECORDING:
            make_recording_set.delay(recording_id=stale.subject_id)
        else:
            refresh_live.delay(broadcast_id=stale.subject_id)

"""Celery entry points: a name, one call. The prefix of the name is the queue.

What the clock starts runs in `default`: it only looks and queues, and behind recordings and shares
of the pool `previews` its tick would expire, so that lives stood still while anything queues.
"""

from __future__ import annotations

from typing import Final

from celery import shared_task

from apps.previews import public as previews
from apps.previews.contracts import Due, Subject
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


# its creator waits in front of the phone
@shared_task(name="previews.make_thumbnail", base=UrgentTask)
def make_thumbnail(*, choice: str) -> None:
    previews.make_thumbnail(choice=choice)


@shared_task(name="previews.compose_share")
def compose_share(*, share_id: str) -> None:
    previews.compose_share(share_id=share_id)


@shared_task(name="default.previews_refresh_lives")
def refresh_lives() -> None:
    for broadcast_id in previews.list_live_ids():
        refresh_live.apply_async(kwargs={"broadcast_id": broadcast_id}, expires=REFRESH_EXPIRES_S)


@shared_task(name="previews.take_down")
def take_down(*, subject: str, subject_id: str) -> None:
    previews.take_down(subject=subject, subject_ids=[subject_id])


@shared_task(name="default.previews_reconcile")
def reconcile() -> None:
    for due in (*previews.claim_stale(), *previews.claim_old()):
        queue(due)
    for choice in previews.claim_stale_thumbnails():
        make_thumbnail.delay(choice=choice)
    for share_id in previews.claim_stale_shares():
        compose_share.delay(share_id=share_id)
    previews.sweep()


@shared_task(name="default.previews_audit")
def audit() -> None:
    _, missing = previews.audit()
    for due in missing:
        queue(due)


def queue(due: Due) -> None:
    """Queue the work of one set."""
    if due.subject == Subject.RECORDING:
        make_recording_set.delay(recording_id=due.subject_id)
    else:
        refresh_live.delay(broadcast_id=due.subject_id)

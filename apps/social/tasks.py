"""What the social pool does."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from apps.social import public as social
from kit.slices import SlicedTask


@shared_task(name="social.upload_video", bind=True, base=SlicedTask)
def upload_video(self: Any, *, upload_id: str) -> bool:
    """Send an upload, or the part of it that fits one slice."""
    return social.send_upload(upload_id=upload_id, holder=self.idempotency_key)


@shared_task(name="social.revoke_grant")
def revoke_grant(*, user_id: str) -> None:
    social.revoke_grant(user_id=user_id)


@shared_task(name="social.poll_creator")
def poll_creator(*, user_id: str) -> None:
    social.poll_creator(user_id=user_id)


@shared_task(name="social.poll_processing")
def poll_processing() -> None:
    """Look after every creator whose video is due for a look, each in a task of its own."""
    for user_id in social.list_creators_to_poll():
        poll_creator.delay(user_id=user_id)


@shared_task(name="social.resume_uploads")
def resume_uploads() -> None:
    """The reconciler: uploads nobody works on, and consents Google still thinks are ours."""
    for upload_id in social.requeue_overdue():
        upload_video.delay(upload_id=upload_id)
    for user_id in social.list_unfinished_revocations():
        revoke_grant.delay(user_id=user_id)

"""What follows when sending ends: by itself, by its time slice, or by something in the way."""

from __future__ import annotations

from datetime import datetime

from apps.social import rules
from apps.social.documents.quota import QuotaDay
from apps.social.documents.uploads import YouTubeUpload
from apps.social.errors import (
    ChannelLimitReached,
    NotConnected,
    QuotaSpent,
    ReconnectRequired,
    VideoRefused,
)
from apps.social.events import UploadFailed, UploadWaiting
from apps.social.services.sending import Equipment, LeaseLost, Sender
from kit.errors import DomainError, Unavailable


def send_upload(*, upload_id: str, holder: str, equipment: Equipment) -> bool:
    """Send what is missing of an upload, unless another task is at it. Safe to repeat.

    Args:
        upload_id: which.
        holder: the task's id. A redelivered task has the one its dead worker had, and so
            takes the lease over without waiting for its end.
        equipment: what sending needs from outside.

    Returns:
        Whether this task's time ran out before the file did: queue another.

    Raises:
        Unavailable: something outside does not answer; try again.

    """
    upload = YouTubeUpload.objects.claim(upload_id, holder=holder, now=equipment.clock())
    if upload is None:
        return False
    if upload.failures > rules.MAX_FAILURES:
        fail(
            upload,
            "gave-up",
            "It failed too often without getting further.",
            now=equipment.clock(),
        )
        return False
    try:
        is_sent = Sender(upload, equipment).send()
    except LeaseLost:
        return False
    except Unavailable:
        now = equipment.clock()
        YouTubeUpload.objects.release(upload, now=now, due_at=now + rules.AFTER_RETRIES)
        raise
    except DomainError as obstacle:
        settle(upload, obstacle, now=equipment.clock())
        return False
    if is_sent:
        return False
    now = equipment.clock()
    return bool(YouTubeUpload.objects.release(upload, now=now, due_at=now + rules.QUEUE_GRACE))


def settle(upload: YouTubeUpload, obstacle: DomainError, *, now: datetime) -> None:
    """Wait for a limit, or fail with a code; the creator hears of either."""
    if isinstance(obstacle, QuotaSpent):
        QuotaDay.objects.exhaust(rules.quota_day(now))
        _wait(upload, obstacle.code, until=rules.next_quota_day(now), now=now)
    elif isinstance(obstacle, ChannelLimitReached) and (
        upload.channel_waits < rules.MAX_CHANNEL_WAITS
    ):
        until = now + rules.CHANNEL_LIMIT_WAIT
        _wait(upload, obstacle.code, until=until, now=now, channel_waits=upload.channel_waits + 1)
    elif isinstance(obstacle, NotConnected | ReconnectRequired):
        fail(upload, "connection-lost", str(obstacle), now=now)
    elif isinstance(obstacle, VideoRefused):
        reason = rules.reason_code(str(obstacle.facts["reason"]))
        fail(upload, reason, str(obstacle), now=now)
    else:
        fail(upload, obstacle.code, str(obstacle), now=now)


def fail(upload: YouTubeUpload, code: str, detail: str, *, now: datetime) -> None:
    YouTubeUpload.objects.fail(
        upload,
        code=code,
        detail=detail,
        announcing=UploadFailed(
            at=now,
            upload_id=str(upload.id),
            recording_id=upload.recording_id,
            creator_id=upload.user_id,
            title=upload.title,
            code=code,
        ),
    )


def _wait(
    upload: YouTubeUpload, code: str, *, until: datetime, now: datetime, **values: object
) -> None:
    YouTubeUpload.objects.release(
        upload,
        now=now,
        due_at=until,
        not_before=until,
        failures=0,
        state="waiting_quota",
        events=[
            UploadWaiting(
                at=now,
                upload_id=str(upload.id),
                recording_id=upload.recording_id,
                creator_id=upload.user_id,
                code=code,
                until=until.isoformat(),
            )
        ],
        **values,
    )

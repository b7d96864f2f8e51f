"""Looking whether YouTube has finished processing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.social import queries, rules
from apps.social.documents.uploads import YouTubeUpload
from apps.social.errors import (
    NotConnected,
    QuotaSpent,
    ReconnectRequired,
    VideoRefused,
    YouTubeDown,
)
from apps.social.events import UploadPublished
from apps.social.ports import Consents, VideoSite, VideoStatus
from apps.social.services import outcomes
from apps.social.services.connections import Access
from kit.secrets import Safe


def poll_creator(
    *, user_id: str, site: VideoSite, consents: Consents, safe: Safe, now: datetime
) -> None:
    """Look at up to 50 videos of one creator in one call. Safe to repeat.

    Raises:
        Unavailable: YouTube does not answer, or takes no more questions today.

    """
    waiting = queries.list_to_poll(user_id=user_id, now=now)
    if not waiting:
        return
    ids = [upload.video_id for upload in waiting]
    for upload in waiting:
        # First, so that an answer that never comes does not queue a task with every tick.
        later = now + rules.poll_after(now - upload.uploaded_at)
        YouTubeUpload.objects.poll_later(upload, at=later)
    try:
        access = Access(queries.get_active_connection(user_id), consents, safe)
        found = access.call(lambda token: site.list_videos(token, ids), now=now)
    except QuotaSpent:  # the units of reads, not the bucket of uploads
        raise YouTubeDown(why="no more reads today", retry_after_s=300) from None
    except (NotConnected, ReconnectRequired) as closed:
        _keep_waiting(waiting, closed, now)
        return
    except VideoRefused as refused:  # the account, not one video: it is closed or suspended
        for upload in waiting:
            outcomes.settle(upload, refused, now=now)
        return
    for upload in waiting:
        _judge(upload, found.get(upload.video_id), now)


def _judge(upload: YouTubeUpload, status: VideoStatus | None, now: datetime) -> None:
    waited = now - upload.uploaded_at
    if status is not None and status.stage == "done":
        _publish(upload, status, now)
    elif status is not None and status.stage == "failed":
        reason = rules.reason_code(status.reason)
        outcomes.fail(upload, reason, f"YouTube could not use the video: {reason}.", now=now)
    elif status is None and waited > rules.MISSING_GRACE:
        outcomes.fail(upload, "video-gone", "The video is no longer on YouTube.", now=now)
    elif waited > rules.GIVE_UP_AFTER:
        outcomes.fail(upload, "processing-too-long", "YouTube is not done after a day.", now=now)


def _publish(upload: YouTubeUpload, status: VideoStatus, now: datetime) -> None:
    YouTubeUpload.objects.publish(
        upload,
        privacy=status.privacy,
        announcing=UploadPublished(
            at=now,
            upload_id=str(upload.id),
            recording_id=upload.recording_id,
            creator_id=upload.user_id,
            video_id=upload.video_id,
            title=upload.title,
        ),
    )


def _keep_waiting(waiting: Sequence[YouTubeUpload], closed: Exception, now: datetime) -> None:
    """The videos are there, only our eyes are shut: a day for the creator to connect again."""
    for upload in waiting:
        if now - upload.uploaded_at > rules.GIVE_UP_AFTER:
            outcomes.fail(upload, "connection-lost", str(closed), now=now)

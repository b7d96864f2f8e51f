"""Asking for uploads, calling them off, and finding those nobody works on."""

from __future__ import annotations

from datetime import datetime

from apps.social import queries, rules
from apps.social.contracts import UploadSummary
from apps.social.documents.uploads import YouTubeUpload
from apps.social.errors import NotYourRecording, RecordingNotReady, UploadOver
from apps.streams.contracts import RecordingSummary


def request_upload(
    *,
    user_id: str,
    recording: RecordingSummary,
    wishes: dict[str, object],
    now: datetime,
) -> UploadSummary:
    """Have a recording uploaded; one that is under way or done stays as it is.

    One that failed or was cancelled begins anew with what is wished now.

    Args:
        user_id: the creator.
        recording: what to upload; must be theirs, and stored.
        wishes: `title`, `description`, `privacy`, `made_for_kids`, each optional.
        now: the moment.

    Raises:
        NotYourRecording: it is someone else's.
        RecordingNotReady: there are no bytes to send yet.
        NotConnected: there is no channel to send them to.
        ReconnectRequired: there is, but it does not let us in.

    """
    if recording.creator_id != user_id:
        raise NotYourRecording(recording_id=recording.id)
    if not recording.is_stored:
        raise RecordingNotReady(recording_id=recording.id, state=recording.state)
    connection = queries.get_active_connection(user_id)
    values = {
        "title": wishes.get("title") or rules.video_title(recording.title),
        "description": wishes.get("description", ""),
        "privacy": wishes.get("privacy", connection.privacy),
        "is_made_for_kids": wishes.get("made_for_kids", False),
        **_source(recording),
    }
    if _add(user_id, recording.id, values, now) is None:
        YouTubeUpload.objects.queue_again(
            user_id=user_id, recording_id=recording.id, now=now, **values
        )
    return queries.get_upload_of(recording_id=recording.id, user_id=user_id)


def publish_recording(*, recording: RecordingSummary, now: datetime) -> str | None:
    """Queue the upload a creator's connection asks for by itself; safe to repeat.

    Returns:
        The id of an upload that waits for a task, None where there is nothing to do.

    """
    if not recording.is_stored:
        return None
    connection = queries.find_connection_document(recording.creator_id)
    if connection is None or connection.state != "active" or not connection.auto_publish:
        return None
    values = {
        "title": rules.video_title(recording.title),
        "privacy": rules.automatic_privacy(recording.visibility, connection.privacy),
        **_source(recording),
    }
    made = _add(recording.creator_id, recording.id, values, now)
    if made is not None:
        return made
    known = queries.get_upload_of(recording_id=recording.id, user_id=recording.creator_id)
    return known.id if known.state == "queued" else None


def cancel_upload(*, upload_id: str, user_id: str) -> UploadSummary:
    """Stop an upload before its last byte is out. Safe to repeat.

    Raises:
        UploadNotFound: the creator has none of that id.
        UploadOver: it is on YouTube already, or failed.

    """
    queries.get_upload(upload_id=upload_id, user_id=user_id)
    YouTubeUpload.objects.cancel(upload_id)
    found = queries.get_upload(upload_id=upload_id, user_id=user_id)
    if found.state != "cancelled":
        raise UploadOver(upload_id=upload_id, state=found.state)
    return found


def requeue_overdue(*, now: datetime, limit: int) -> list[str]:
    """Return uploads that need a task: their worker died, or what they waited for is over."""
    overdue = queries.list_overdue(now=now, limit=limit)
    return [
        upload_id for upload_id in overdue if YouTubeUpload.objects.requeue(upload_id, now=now)
    ]


def _source(recording: RecordingSummary) -> dict[str, object]:
    return {
        "content_type": recording.content_type,
        "size_bytes": recording.size_bytes,
        "sha256": recording.sha256,
    }


def _add(user_id: str, recording_id: str, values: dict[str, object], now: datetime) -> str | None:
    made: str | None = YouTubeUpload.objects.add(
        user_id=user_id,
        recording_id=recording_id,
        created_at=now,
        lease_until=now,
        not_before=now,
        due_at=now + rules.QUEUE_GRACE,
        **values,
    )
    return made

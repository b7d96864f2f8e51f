"""A finished video from a phone: it grows in the spool, is checked, and becomes a recording."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apps.streams.contracts import UploadDraft, UploadSummary
from apps.streams.documents.uploads import Upload
from apps.streams.errors import (
    TooManyUploads,
    UploadNotFound,
    UploadOffsetMoved,
    UploadOver,
    UploadQuotaSpent,
    UploadsFull,
    UploadTooLarge,
)
from apps.streams.ports import Spool
from apps.streams.queries import uploads as found_uploads
from apps.streams.rules.uploads import IDLE, QUOTA_WINDOW, UploadLimits, title_of

TIDY_LIMIT = 200


def create_upload(
    *, creator_id: str, draft: UploadDraft, limits: UploadLimits, spool: Spool, now: datetime
) -> UploadSummary:
    """Open an upload.

    It is inserted first and weighed with the others then: of several at once none slips through.

    Raises:
        UploadTooLarge: longer than one upload may be.
        TooManyUploads: as many are unfinished as may be.
        UploadQuotaSpent: with it, the day's bytes would be more than may be.
        UploadsFull: there is no room for it now.

    """
    if draft.length_bytes > limits.max_bytes:
        raise UploadTooLarge(max_bytes=limits.max_bytes)
    if spool.room_bytes() < draft.length_bytes:
        raise UploadsFull
    made = Upload(
        creator_id=creator_id,
        filename=draft.filename,
        title=title_of(draft.title, draft.filename),
        visibility=draft.visibility,
        length_bytes=draft.length_bytes,
        sha256=draft.sha256,
        expires_at=now + IDLE,
        created_at=now,
    ).save(force_insert=True)
    try:
        _refuse_beyond(creator_id, limits, now)
    except (TooManyUploads, UploadQuotaSpent):
        made.delete()
        raise
    return found_uploads.get_upload(upload_id=made.id)


def get_own_upload(*, upload_id: str, by: str) -> UploadSummary:
    """Return an upload to who began it; to anyone else it does not exist.

    Raises:
        UploadNotFound: no such upload, or someone else's.

    """
    found = found_uploads.get_upload(upload_id=upload_id)
    if found.creator_id != by:
        raise UploadNotFound(upload_id=upload_id)
    return found


def resume(*, upload_id: str, by: str, spool: Spool, now: datetime) -> UploadSummary:
    """Return an upload with what has arrived and would survive a power cut.

    One that is complete, but whose last answer was lost with its process, goes on from here.

    Raises:
        UploadNotFound: no such upload, someone else's, cancelled or expired.

    """
    found = get_own_upload(upload_id=upload_id, by=by)
    if found.state in {"cancelled", "expired"}:
        raise UploadNotFound(upload_id=upload_id)
    if found.state != "uploading":
        return found
    return _noted(found, spool.size(upload_id), now)


def left_of(*, upload_id: str, by: str, offset: int, spool: Spool) -> int:
    """Return how many bytes an upload takes at an offset, before any of them is read.

    Raises:
        UploadNotFound, UploadOver, UploadOffsetMoved: see append.

    """
    return _open_at(upload_id, by, offset, spool).length_bytes - offset


def append(
    *, upload_id: str, by: str, offset: int, blocks: Iterable[bytes], spool: Spool, now: datetime
) -> UploadSummary:
    """Add what a phone sends; what arrived before a connection broke is kept.

    Raises:
        UploadNotFound: no such upload, or someone else's.
        UploadOver: it takes nothing any more.
        UploadOffsetMoved: there is more or less of it than the phone believes.
        UploadLengthExceeded: the phone sent more than it said it would.

    """
    found = _open_at(upload_id, by, offset, spool)
    try:
        spool.append(upload_id, offset=offset, blocks=blocks, most=found.length_bytes)
    finally:
        # also of what was cut: lists and the time it expires go by it
        after = _noted(found, spool.size(upload_id), now)
    return after


def cancel_own_upload(*, upload_id: str, by: str) -> None:
    """Give one's own upload up.

    Raises:
        UploadNotFound: no such upload, or someone else's.
        UploadOver: it is complete, or was given up before.

    """
    get_own_upload(upload_id=upload_id, by=by)
    cancel_upload(upload_id=upload_id, by=by)


def cancel_upload(*, upload_id: str, by: str) -> None:
    """Give anybody's upload up, and keep by whom. Its bytes go with the next tidying.

    Raises:
        UploadNotFound: no such upload.
        UploadOver: it is complete, or was given up before.

    """
    if not Upload.objects.cancel(upload_id, by=by):
        found = found_uploads.get_upload(upload_id=upload_id)
        raise UploadOver(upload_id=upload_id, state=found.state)


def tidy(*, spool: Spool, now: datetime) -> int:
    """Give up what is idle, and clear the spool of all that is over. Return how many files."""
    for upload_id in found_uploads.list_idle(before=now, limit=TIDY_LIMIT):
        size = spool.size(upload_id)
        found = found_uploads.get_upload(upload_id=upload_id)
        if size == found.length_bytes:  # complete, and the process that noticed was killed
            Upload.objects.begin_check(upload_id, now=now)
        else:
            Upload.objects.expire(upload_id, now=now)
    over = found_uploads.list_uncleared(limit=TIDY_LIMIT)
    for upload_id in over:
        spool.remove(upload_id)
        Upload.objects.mark_cleared(upload_id)
    return len(over)


def _open_at(upload_id: str, by: str, offset: int, spool: Spool) -> UploadSummary:
    found = get_own_upload(upload_id=upload_id, by=by)
    if found.state != "uploading":
        raise UploadOver(upload_id=upload_id, state=found.state)
    if (size := spool.size(upload_id)) != offset:
        raise UploadOffsetMoved(upload_id=upload_id, offset=size)
    return found


def _noted(found: UploadSummary, size: int, now: datetime) -> UploadSummary:
    Upload.objects.note(found.id, received_bytes=size, expires_at=now + IDLE)
    if size == found.length_bytes:
        Upload.objects.begin_check(found.id, now=now)
    return found_uploads.get_upload(upload_id=found.id)


def _refuse_beyond(creator_id: str, limits: UploadLimits, now: datetime) -> None:
    if found_uploads.count_open(creator_id=creator_id) > limits.open_limit:
        raise TooManyUploads(limit=limits.open_limit)
    recent = found_uploads.list_since(creator_id=creator_id, since=now - QUOTA_WINDOW)
    spent = sum(
        row.received_bytes if row.state in {"cancelled", "expired"} else row.length_bytes
        for row in recent
    )
    if spent > limits.day_bytes:
        raise UploadQuotaSpent(limit_bytes=limits.day_bytes)

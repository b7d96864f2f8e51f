"""Reads. Outside this context they are contracts, never documents."""

from __future__ import annotations

from datetime import datetime

from apps.social import rules
from apps.social.contracts import ConnectionSummary, UploadProblem, UploadSummary
from apps.social.documents.connections import YouTubeConnection
from apps.social.documents.quota import QuotaDay
from apps.social.documents.uploads import YouTubeUpload
from apps.social.errors import NotConnected, ReconnectRequired, UploadNotFound
from kit.pages import Page, PageRequest, cut


def get_connection(*, user_id: str) -> ConnectionSummary:
    found = find_connection_document(user_id)
    if found is None:
        raise NotConnected
    return ConnectionSummary(
        user_id=found.user_id,
        state=found.state,
        channel_id=found.channel_id,
        channel_title=found.channel_title,
        scopes=list(found.scopes),
        auto_publish=found.auto_publish,
        privacy=found.privacy,
        connected_at=found.connected_at,
    )


def find_connection_document(user_id: str) -> YouTubeConnection | None:
    found: YouTubeConnection | None = YouTubeConnection.objects(user_id=user_id).first()
    return found


def get_active_connection(user_id: str) -> YouTubeConnection:
    """Return a connection that may be used.

    Raises:
        NotConnected: there was never one.
        ReconnectRequired: there was, but the creator has to consent again.

    """
    found = find_connection_document(user_id)
    if found is None:
        raise NotConnected
    if found.state != "active":
        raise ReconnectRequired(state=found.state)
    return found


def list_unfinished_revocations(*, limit: int) -> list[str]:
    """Return creators whose consent ended here, while Google has not heard of it."""
    found = YouTubeConnection.objects(state="revoked", sealed_refresh__ne="")
    return [row.user_id for row in found.only("user_id").limit(limit)]


def get_upload(*, upload_id: str, user_id: str) -> UploadSummary:
    """Return a creator's own upload; to anyone else it does not exist."""
    found = YouTubeUpload.objects(id=upload_id, user_id=user_id).first()
    if found is None:
        raise UploadNotFound(upload_id=upload_id)
    return summary(found)


def get_upload_of(*, recording_id: str, user_id: str) -> UploadSummary:
    """Return the one upload of a recording that is known to have one."""
    return summary(YouTubeUpload.objects.get(recording_id=recording_id, user_id=user_id))


def list_uploads(*, user_id: str, page: PageRequest) -> Page[UploadSummary]:
    """Return a creator's uploads, newest first."""
    rows = YouTubeUpload.objects(user_id=user_id)
    if page.cursor:
        rows = rows.filter(id__lt=page.cursor)
    found = list(rows.order_by("-id").limit(page.limit + 1))
    return cut(found, limit=page.limit, cursor_of=lambda row: str(row.id)).map(summary)


def list_overdue(*, now: datetime, limit: int) -> list[str]:
    """Return uploads nobody works on although somebody should, the longest waiting first."""
    rows = YouTubeUpload.objects(state__in=rules.SENDABLE_STATES, due_at__lte=now)
    return [str(row.id) for row in rows.only("id").order_by("due_at").limit(limit)]


def list_creators_to_poll(*, now: datetime) -> list[str]:
    rows = YouTubeUpload.objects(state="processing", due_at__lte=now)
    return sorted(rows.distinct("user_id"))


def list_to_poll(*, user_id: str, now: datetime) -> list[YouTubeUpload]:
    rows = YouTubeUpload.objects(user_id=user_id, state="processing", due_at__lte=now)
    return list(rows.order_by("due_at").limit(rules.POLL_BATCH))


def count_uploads_today(*, now: datetime) -> int:
    """Return how many of the project's uploads of this Pacific day are used."""
    day = QuotaDay.objects(id=rules.quota_day(now)).first()
    return 0 if day is None else int(day.used)


def summary(row: YouTubeUpload) -> UploadSummary:
    return UploadSummary(
        id=str(row.id),
        user_id=row.user_id,
        recording_id=row.recording_id,
        state=row.state,
        title=row.title,
        privacy=row.privacy,
        actual_privacy=row.actual_privacy,
        progress=rules.percent(row.offset, row.size_bytes),
        offset=row.offset,
        size_bytes=row.size_bytes,
        video_id=row.video_id,
        watch_url=rules.watch_url(row.video_id),
        embed_url=rules.embed_url(row.video_id),
        created_at=row.created_at,
        not_before=row.not_before if row.state == "waiting_quota" else None,
        published_at=row.published_at,
        error=(
            UploadProblem(code=row.error_code, detail=row.error_detail) if row.error_code else None
        ),
    )

"""YouTubeUpload: one recording on its way to one channel."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError
from typing_extensions import override

from apps.social import rules
from kit.documents import Announcing, QuerySet, announce, fields
from kit.events import Event
from kit.ids import new_id


class YouTubeUploadQuerySet(QuerySet):
    """Every step is one conditional write.

    While a worker sends, it holds a lease under a token; its writes name the token, so that one
    that was overtaken learns of it with its next write.
    """

    def add(self, **values: Any) -> str | None:
        """Insert a queued upload and return its id; None where the recording has one."""
        made = YouTubeUpload(state="queued", **values)
        try:
            made.save(force_insert=True)
        except NotUniqueError:
            return None
        return str(made.id)

    def queue_again(
        self, *, user_id: str, recording_id: str, now: datetime, **values: Any
    ) -> bool:
        """Begin anew what failed or was cancelled.

        A cancelled upload whose last bytes may still become a video keeps its session, so that
        the answer is asked for instead of a second video being made.
        """
        over = self.filter(user_id=user_id, recording_id=recording_id, state__in=rules.OVER_STATES)
        fresh = {**_BEGINNING, "not_before": now, "lease_until": now, **values}
        fresh["due_at"] = now + rules.QUEUE_GRACE
        return self._change(over.filter(is_finishing=False), **_NOTHING_SENT, **fresh) or (
            self._change(over.filter(is_finishing=True), **fresh)
        )

    def claim(self, upload_id: str, *, holder: str, now: datetime) -> YouTubeUpload | None:
        """Take the lease, where it is free or was the same task's before its worker died."""
        waiting = self.filter(id=upload_id, state__in=rules.SENDABLE_STATES, not_before__lte=now)
        until = now + rules.LEASE
        changes = {
            "set__lease": new_id(),
            "set__holder": holder,
            "set__lease_until": until,
            "set__due_at": until,
            "inc__attempts": 1,
            "inc__failures": 1,  # until it gets further, every attempt counts as one
        }
        found: YouTubeUpload | None = waiting.filter(lease_until__lte=now).modify(
            new=True, **changes
        ) or waiting.filter(holder=holder).modify(new=True, **changes)
        return found

    def hold(
        self, upload: YouTubeUpload, *, now: datetime, events: list[Event], **values: Any
    ) -> bool:
        """Write a step of the sender and renew its lease; False where it no longer holds it."""
        until = now + rules.LEASE
        return self._change(
            self.filter(id=upload.id, lease=upload.lease, state__in=rules.SENDABLE_STATES),
            events=events,
            lease_until=until,
            due_at=until,
            **values,
        )

    def release(
        self,
        upload: YouTubeUpload,
        *,
        now: datetime,
        due_at: datetime,
        events: list[Event] | None = None,
        **values: Any,
    ) -> bool:
        """Give the lease back; the reconciler looks again at `due_at`."""
        return self._change(
            self.filter(id=upload.id, lease=upload.lease, state__in=rules.SENDABLE_STATES),
            events=events,
            holder="",
            lease_until=now,
            due_at=due_at,
            **values,
        )

    def finish(self, upload: YouTubeUpload, *, video_id: str, now: datetime) -> bool:
        """Keep the video the session became, whoever holds the lease.

        Also after a cancel: it came too late, and a video nobody knows of is worse.
        """
        return self._change(
            self.filter(
                id=upload.id,
                session_id=upload.session_id,
                state__in=(*rules.SENDABLE_STATES, "cancelled"),
            ),
            state="processing",
            video_id=video_id,
            offset=upload.size_bytes,
            sealed_session="",
            is_finishing=False,
            uploaded_at=now,
            holder="",
            lease_until=now,
            due_at=now,
        )

    def fail(self, upload: YouTubeUpload, *, code: str, detail: str, announcing: Event) -> bool:
        return self._change(
            self.filter(
                id=upload.id,
                lease=upload.lease,  # an overtaken worker's failure is not the upload's
                state__in=(*rules.SENDABLE_STATES, "processing"),
            ),
            events=[announcing],
            state="failed",
            error_code=code,
            error_detail=detail[:500],
            sealed_session="",
            is_finishing=False,
            holder="",
        )

    def cancel(self, upload_id: str) -> bool:
        return self._change(
            self.filter(id=upload_id, state__in=rules.SENDABLE_STATES), state="cancelled"
        )

    def publish(self, upload: YouTubeUpload, *, privacy: str, announcing: Event) -> bool:
        return self._change(
            self.filter(id=upload.id, state="processing"),
            events=[announcing],
            state="done",
            actual_privacy=privacy,
            published_at=announcing.at,
        )

    def poll_later(self, upload: YouTubeUpload, *, at: datetime) -> None:
        self.filter(id=upload.id, state="processing").update_one(set__due_at=at)

    def requeue(self, upload_id: str, *, now: datetime) -> bool:
        """Pick an overdue upload for one more task; of two reconcilers one wins."""
        return self._change(
            self.filter(id=upload_id, state__in=rules.SENDABLE_STATES, due_at__lte=now),
            due_at=now + rules.QUEUE_GRACE,
        )

    def _change(self, rows: QuerySet, *, events: list[Event] | None = None, **values: Any) -> bool:
        changes = {f"set__{name}": value for name, value in values.items()}
        if events:
            changes["push_all__outbox"] = announce(*events)
        return bool(rows.modify(**changes))


# The fields that tell how far a session got, as they stand where there is none.
_NOTHING_SENT: dict[str, Any] = {
    "sealed_session": "",
    "session_id": "",
    "offset": 0,
    "is_finishing": False,
}
_BEGINNING: dict[str, Any] = {
    "state": "queued",
    "lease": "",  # fences off whoever may still be sending for the life before
    "holder": "",
    "video_id": "",
    "error_code": "",
    "error_detail": "",
    "sessions": 0,
    "channel_waits": 0,
    "failures": 0,
    "announced_progress": 0,
}


class YouTubeUpload(Announcing):
    """One recording on its way to one channel.

    `due_at` is when the reconciler (or, while processing, the poll) looks at it next;
    `not_before` ends a wait for a daily limit; `is_finishing` says that the last bytes went out
    and their answer has not come back.
    """

    user_id = fields.StringField(required=True)
    recording_id = fields.StringField(required=True)
    state = fields.StringField(required=True)
    title = fields.StringField(required=True, max_length=rules.MAX_TITLE_CHARS)
    description = fields.StringField(default="")
    privacy = fields.StringField(required=True, choices=rules.PRIVACIES)
    is_made_for_kids = fields.BooleanField(required=True, default=False)
    content_type = fields.StringField(required=True)
    size_bytes = fields.LongField(required=True)
    sha256 = fields.StringField(default="")

    sealed_session = fields.StringField(default="")
    session_id = fields.StringField(default="")
    offset = fields.LongField(required=True, default=0)
    is_finishing = fields.BooleanField(required=True, default=False)
    announced_progress = fields.IntField(required=True, default=0)

    attempts = fields.IntField(required=True, default=0)
    sessions = fields.IntField(required=True, default=0)
    failures = fields.IntField(required=True, default=0)
    channel_waits = fields.IntField(required=True, default=0)
    lease = fields.StringField(default="")
    holder = fields.StringField(default="")
    lease_until = fields.DateTimeField(required=True)
    not_before = fields.DateTimeField(required=True)
    due_at = fields.DateTimeField(required=True)

    video_id = fields.StringField(default="")
    actual_privacy = fields.StringField(default="")
    uploaded_at = fields.DateTimeField()
    published_at = fields.DateTimeField()
    error_code = fields.StringField(default="")
    error_detail = fields.StringField(default="")

    meta = {
        "collection": "social_youtube_uploads",
        "queryset_class": YouTubeUploadQuerySet,
        "indexes": [
            {"fields": ["recording_id", "user_id"], "unique": True},
            ["user_id", "-id"],
            ["state", "due_at"],
            ["user_id", "state", "due_at"],
        ],
    }

    @override
    def __str__(self) -> str:
        return f"{self.title} ({self.state})"

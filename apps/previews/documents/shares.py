"""Share: a composed clip that a creator asked for, and the job that makes it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from mongoengine import Q
from typing_extensions import override

from apps.previews.contracts import ShareState, Style
from apps.previews.documents.assets import Revision
from apps.previews.documents.work import LEASE, TIDY_AFTER, WorkQuerySet
from kit.documents import Announcing, announce, fields
from kit.events import Event

_UNDER_WAY: Final = (ShareState.QUEUED.value, ShareState.RUNNING.value)
_STOPPED: Final = (ShareState.CANCELLED.value, ShareState.REMOVED.value)


class ShareQuerySet(WorkQuerySet):
    """Names for what this context asks of the collection; callers never spell fields."""

    WAITING = ShareState.QUEUED.value
    RUNNING = ShareState.RUNNING.value

    def one(self, share_id: str) -> ShareQuerySet:
        return self.filter(id=share_id)

    def finish(self, job: Share, made: Revision, *, announcing: Event) -> bool:
        return bool(
            self.held(job).modify(
                set__state=ShareState.READY.value,
                set__progress=100,
                set__shown=made,
                set__draft=Revision(),
                set__tidy_at=announcing.at,
                set__updated_at=announcing.at,
                push_all__outbox=announce(announcing),
            )
        )

    def fail(self, seen: Share, *, code: str, detail: str, announcing: Event) -> bool:
        """Close a share in work with a reason, unless anything happened to it since."""
        return bool(
            self.filter(id=seen.pk, attempt=seen.attempt, state__in=_UNDER_WAY).modify(
                set__state=ShareState.FAILED.value,
                set__error={"code": code, "detail": detail},
                set__tidy_at=announcing.at + TIDY_AFTER,
                set__updated_at=announcing.at,
                push_all__outbox=announce(announcing),
            )
        )

    def cancel(self, share_id: str, *, by: str, now: datetime) -> bool:
        """Stop what waits or is under way; its maker hears of it within seconds."""
        return bool(
            self.filter(id=share_id, state__in=_UNDER_WAY).update(
                set__state=ShareState.CANCELLED.value,
                set__cancelled_by=by,
                set__tidy_at=now + TIDY_AFTER,
                set__updated_at=now,
            )
        )

    def remove(self, share_id: str, *, now: datetime) -> bool:
        """Close a share for good; a sweep deletes its file, and later it."""
        return bool(
            self.filter(id=share_id, state__ne=ShareState.REMOVED.value).update(
                set__state=ShareState.REMOVED.value, set__tidy_at=now, set__updated_at=now
            )
        )

    def claim(self, seen: Share, *, now: datetime) -> bool:
        """Let one of several reconcilers queue a share again."""
        return bool(
            self.filter(id=seen.pk, state=seen.state, updated_at=seen.updated_at).update(
                inc__tries=1, set__updated_at=now
            )
        )

    def tidied(self, seen: Share) -> bool:
        """Forget the files that were deleted, unless a job wrote down others meanwhile."""
        return bool(
            self.filter(id=seen.pk, state=seen.state, attempt=seen.attempt).update(
                set__garbage=[], set__draft=Revision(), unset__tidy_at=1
            )
        )

    def emptied(self, seen: Share, *, until: datetime) -> bool:
        """Forget the files of a removed share, whose document stays until then."""
        removed = self.filter(id=seen.pk, state=ShareState.REMOVED.value)
        return bool(
            removed.update(
                set__garbage=[],
                set__draft=Revision(),
                set__shown=Revision(),
                set__tidy_at=until,
            )
        )

    def under_way(self, creator_id: str, *, now: datetime) -> ShareQuerySet:
        """Return what a creator waits for, and what was stopped so lately that it may run."""
        stopped = Q(
            state__in=_STOPPED,
            attempt__gt=0,
            progress__lt=100,
            error__code__exists=False,
            updated_at__gt=now - LEASE,
        )
        return self.filter(Q(creator_id=creator_id) & (Q(state__in=_UNDER_WAY) | stopped))

    def asked_since(self, creator_id: str, since: datetime) -> ShareQuerySet:
        return self.filter(creator_id=creator_id, created_at__gte=since)

    @override
    def held(self, job: Share) -> ShareQuerySet:
        return self.filter(id=job.pk, state=ShareState.RUNNING.value, attempt=job.attempt)


class Share(Announcing):
    """A part of a recording with cards and a watermark, to be shown elsewhere."""

    creator_id = fields.StringField(required=True)
    recording_id = fields.StringField(required=True)
    broadcast_id = fields.StringField(required=True)
    start_s = fields.FloatField(required=True)
    end_s = fields.FloatField(required=True)
    style = fields.StringField(required=True, choices=[one.value for one in Style])
    state = fields.StringField(required=True, choices=[one.value for one in ShareState])
    attempt = fields.IntField(default=0)  # a fence: it only ever grows
    tries = fields.IntField(default=0)
    progress = fields.IntField(default=0)
    error = fields.DictField()
    shown = fields.EmbeddedDocumentField(Revision, default=Revision)
    draft = fields.EmbeddedDocumentField(Revision, default=Revision)  # on its way to storage
    garbage = fields.ListField(fields.StringField())
    tidy_at = fields.DateTimeField()  # when a sweep is to look for files to delete
    cancelled_by = fields.StringField(default="")
    updated_at = fields.DateTimeField(required=True)

    meta = {
        "collection": "shares",
        "queryset_class": ShareQuerySet,
        "indexes": [
            {"fields": ["recording_id"]},
            {"fields": ["broadcast_id"]},
            {"fields": ["creator_id", "created_at"]},
            {"fields": ["creator_id", "state"]},
            {"fields": ["state", "updated_at"]},
            {"fields": ["tidy_at"], "sparse": True},
        ],
    }

    @override
    def __str__(self) -> str:
        return f"share {self.pk} of {self.recording_id} {self.state}"

    @property
    def subject_id(self) -> str:
        """What a job is of, as other jobs call it."""
        return str(self.pk)

    @property
    def is_under_way(self) -> bool:
        return self.state in _UNDER_WAY

"""Thumbnail: the poster a creator chose. It outlives every revision of the set beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from mongoengine import NotUniqueError
from typing_extensions import override

from apps.previews.contracts import Source, Subject
from apps.previews.documents.assets import Revision
from kit.documents import Base, QuerySet, fields


class Choice(StrEnum):
    """How far a choice is."""

    AUTOMATIC = "automatic"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


class ThumbnailQuerySet(QuerySet):
    """A choice is known by its ULID: whatever is written for it names it, and a newer one wins."""

    def of(self, subject: Subject, subject_id: str) -> ThumbnailQuerySet:
        return self.filter(subject=subject.value, subject_id=subject_id)

    def choose(self, seen: Thumbnail, *, garbage: Sequence[str], **wanted: Any) -> bool:
        """Take another choice, unless someone chose since it was seen; what is shown stays."""
        change = {f"set__{name}": value for name, value in wanted.items()}
        return bool(
            self.filter(id=seen.pk, choice=seen.choice, state=seen.state).update(
                set__garbage=list(garbage),
                set__attempt=0,
                set__error={},
                set__tidy_at=wanted["updated_at"],
                **change,
            )
        )

    def try_again(self, choice: str, *, now: datetime) -> Thumbnail | None:
        """Count one more try of a choice that waits; None where it waits no more."""
        begun: Thumbnail | None = self.filter(choice=choice, state=Choice.MAKING.value).modify(
            inc__attempt=1, set__updated_at=now, new=True
        )
        return begun

    def note_draft(self, seen: Thumbnail, draft: Revision, garbage: Sequence[str]) -> bool:
        return bool(self._held(seen).update(set__draft=draft, set__garbage=list(garbage)))

    def finish(self, seen: Thumbnail, filled: Revision, garbage: Sequence[str]) -> bool:
        return bool(
            self._held(seen).update(
                set__state=Choice.READY.value,
                set__source=seen.wanted,
                set__shown=filled,
                set__draft=Revision(),
                set__picture="",
                set__garbage=list(garbage),
                set__tidy_at=filled.made_at,
            )
        )

    def fail(
        self, seen: Thumbnail, *, error: dict[str, str], garbage: Sequence[str], now: datetime
    ) -> bool:
        """Close a choice with a reason; what was shown before it stays."""
        return bool(
            self._held(seen).update(
                set__state=Choice.FAILED.value,
                set__error=error,
                set__picture="",
                set__draft=Revision(),
                set__garbage=list(garbage),
                set__tidy_at=now,
                set__updated_at=now,
            )
        )

    def clear(self, seen: Thumbnail, *, garbage: Sequence[str], now: datetime) -> bool:
        """Leave the poster to the set again."""
        return bool(
            self.filter(id=seen.pk, choice=seen.choice, state=seen.state).update(
                set__state=Choice.AUTOMATIC.value,
                set__source=Source.AUTOMATIC.value,
                set__wanted=Source.AUTOMATIC.value,
                set__choice="",
                set__candidate="",
                set__picture="",
                set__shown=Revision(),
                set__draft=Revision(),
                set__error={},
                set__garbage=list(garbage),
                set__tidy_at=now,
                set__updated_at=now,
            )
        )

    def claim(self, seen: Thumbnail, *, now: datetime) -> bool:
        """Let one of several reconcilers queue a choice again."""
        return bool(
            self.filter(id=seen.pk, choice=seen.choice, updated_at=seen.updated_at).update(
                set__updated_at=now
            )
        )

    def tidied(self, seen: Thumbnail) -> bool:
        return bool(
            self.filter(id=seen.pk, choice=seen.choice, state=seen.state).update(
                set__garbage=[], unset__tidy_at=1
            )
        )

    def untidy(self, *, now: datetime) -> ThumbnailQuerySet:
        return self.filter(tidy_at__lt=now)

    def waiting_since(self, before: datetime) -> ThumbnailQuerySet:
        return self.filter(state=Choice.MAKING.value, updated_at__lt=before)

    def _held(self, seen: Thumbnail) -> ThumbnailQuerySet:
        return self.filter(id=seen.pk, choice=seen.choice, state=Choice.MAKING.value)


class Thumbnail(Base):
    """What its creator wants a subject to be shown by; `automatic` leaves it to the set."""

    subject = fields.StringField(required=True, choices=[one.value for one in Subject])
    subject_id = fields.StringField(required=True)
    broadcast_id = fields.StringField(required=True)
    state = fields.StringField(default=Choice.AUTOMATIC.value)
    choice = fields.StringField(default="")
    wanted = fields.StringField(default=Source.AUTOMATIC.value)  # by the choice in the making
    source = fields.StringField(default=Source.AUTOMATIC.value)  # of what is shown
    candidate = fields.StringField(default="")
    picture = fields.StringField(default="")  # what it is made of, in storage
    attempt = fields.IntField(default=0)
    error = fields.DictField()
    shown = fields.EmbeddedDocumentField(Revision, default=Revision)
    draft = fields.EmbeddedDocumentField(Revision, default=Revision)
    garbage = fields.ListField(fields.StringField())
    tidy_at = fields.DateTimeField()  # when a sweep is to look for files to delete
    updated_at = fields.DateTimeField(required=True)

    meta = {
        "collection": "thumbnails",
        "queryset_class": ThumbnailQuerySet,
        "indexes": [
            {"fields": ["subject", "subject_id"], "unique": True},
            {"fields": ["broadcast_id"]},
            {"fields": ["choice"]},
            {"fields": ["tidy_at"], "sparse": True},
            {"fields": ["state", "updated_at"]},
        ],
    }

    @override
    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id} {self.source} {self.state}"

    @classmethod
    def ensure(
        cls, subject: Subject, subject_id: str, *, broadcast_id: str, now: datetime
    ) -> Thumbnail:
        found: Thumbnail | None = cls.objects.of(subject, subject_id).first()
        if found is not None:
            return found
        new = cls(
            subject=subject.value, subject_id=subject_id, broadcast_id=broadcast_id, updated_at=now
        )
        try:
            saved: Thumbnail = new.save(force_insert=True)
        except NotUniqueError:
            saved = cls.objects.of(subject, subject_id).get()
        return saved

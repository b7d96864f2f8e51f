"""PreviewSet, as MongoDB stores it. Nothing outside this context imports it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mongoengine import EmbeddedDocument, NotUniqueError
from typing_extensions import override

from apps.previews.contracts import State, Subject
from kit.documents import Announcing, QuerySet, announce, fields
from kit.events import Event


class StoredAsset(EmbeddedDocument):
    """One kept file; `name` is where it lies in storage."""

    kind = fields.StringField(required=True)
    name = fields.StringField(required=True)
    content_type = fields.StringField(required=True)
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    bytes = fields.IntField(required=True)
    duration_s = fields.FloatField(default=0.0)
    sha256 = fields.StringField(required=True)


class PreviewSetQuerySet(QuerySet):
    """Names for what this context asks of the collection; callers never spell fields."""

    def of(self, subject: Subject, subject_id: str) -> PreviewSetQuerySet:
        return self.filter(subject=subject.value, subject_id=subject_id)

    def begin(self, *, now: datetime) -> PreviewSet | None:
        """Count one more try of a set that waits; None where it waits no more."""
        begun: PreviewSet | None = self.filter(state=State.PENDING.value).modify(
            inc__attempt=1, set__updated_at=now, new=True
        )
        return begun

    def finish(self, seen: PreviewSet, *, announcing: list[Event], **filled: Any) -> bool:
        """Fill a set with a new revision, unless someone did since it was seen."""
        change: dict[str, Any] = {f"set__{name}": value for name, value in filled.items()}
        if announcing:
            change["push_all__outbox"] = announce(*announcing)
        return bool(
            self.filter(id=seen.pk, revision=seen.revision).modify(
                set__state=State.READY.value, set__error={}, inc__revision=1, **change
            )
        )

    def fail(self, seen: PreviewSet, *, code: str, detail: str, announcing: Event) -> bool:
        """Close a waiting set with a reason, unless someone filled it since it was seen."""
        return bool(
            self.filter(id=seen.pk, revision=seen.revision, state=State.PENDING.value).modify(
                set__state=State.FAILED.value,
                set__error={"code": code, "detail": detail},
                set__updated_at=announcing.at,
                push_all__outbox=announce(announcing),
            )
        )

    def waiting_since(self, before: datetime) -> PreviewSetQuerySet:
        return self.filter(state=State.PENDING.value, updated_at__lt=before)


class PreviewSet(Announcing):
    """What was made of one broadcast (refreshed while it runs) or of one recording."""

    subject = fields.StringField(required=True, choices=[one.value for one in Subject])
    subject_id = fields.StringField(required=True)
    broadcast_id = fields.StringField(required=True)
    state = fields.StringField(required=True, choices=[one.value for one in State])
    attempt = fields.IntField(default=0)
    error = fields.DictField()
    assets = fields.EmbeddedDocumentListField(StoredAsset)
    placeholder = fields.StringField(default="")
    revision = fields.IntField(default=0)
    source_sha256 = fields.StringField(default="")  # of the footage the assets were made of
    superseded = fields.ListField(fields.StringField())  # files of the revision before: on screens
    garbage = fields.ListField(fields.StringField())  # files of older ones: to delete
    updated_at = fields.DateTimeField(required=True)

    meta = {
        "collection": "preview_sets",
        "queryset_class": PreviewSetQuerySet,
        "indexes": [
            {"fields": ["subject", "subject_id"], "unique": True},
            {"fields": ["broadcast_id"]},
            {"fields": ["state", "updated_at"]},
        ],
    }

    @override
    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id} r{self.revision} {self.state}"

    @classmethod
    def ensure(
        cls, subject: Subject, subject_id: str, *, broadcast_id: str, now: datetime
    ) -> PreviewSet:
        """Return the set of a subject; a new one waits. The unique index picks one winner."""
        found: PreviewSet | None = cls.objects.of(subject, subject_id).first()
        if found is not None:
            return found
        new = cls(
            subject=subject.value,
            subject_id=subject_id,
            broadcast_id=broadcast_id,
            state=State.PENDING.value,
            updated_at=now,
        )
        try:
            saved: PreviewSet = new.save(force_insert=True)
        except NotUniqueError:
            saved = cls.objects.of(subject, subject_id).get()
        return saved

"""Report, Case and AuditEntry, as MongoDB stores them."""

from __future__ import annotations

from typing import Any, NoReturn

from mongoengine import EmbeddedDocument
from mongoengine.errors import NotUniqueError
from typing_extensions import override

from apps.moderation import rules
from apps.moderation.errors import AuditIsAppendOnly
from kit.documents import Announcing, Base, QuerySet, announce, fields
from kit.events import Event


class ReportQuerySet(QuerySet):
    """Writes of reports."""

    def add(self, **values: Any) -> bool:
        """Insert a report; False where this person reported this subject before."""
        try:
            Report(**values).save(force_insert=True)
        except NotUniqueError:
            return False
        return True


class Report(Base):
    """What one person says of one subject, once."""

    reporter_id = fields.StringField(required=True)
    subject_type = fields.StringField(required=True, choices=rules.SUBJECT_TYPES)
    subject_id = fields.StringField(required=True)
    case_id = fields.StringField(required=True)
    reason = fields.StringField(required=True, choices=rules.REPORT_REASONS)
    note = fields.StringField(max_length=rules.MAX_NOTE_CHARS)

    meta = {
        "collection": "reports",
        "queryset_class": ReportQuerySet,
        "indexes": [
            {"fields": ["reporter_id", "subject_type", "subject_id"], "unique": True},
            ["case_id"],
        ],
    }


class Decision(EmbeddedDocument):
    """What staff decided, why, and what the owner is told."""

    outcome = fields.StringField(required=True, choices=rules.OUTCOMES)
    reason = fields.StringField(required=True)
    notice = fields.StringField()
    by = fields.StringField(required=True)
    at = fields.DateTimeField(required=True)


class CaseQuerySet(QuerySet):
    """Writes of cases."""

    def open(self, *, announcing: Event, **values: Any) -> bool:
        """Insert an open case; False where its subject has one."""
        try:
            Case(outbox=announce(announcing), **values).save(force_insert=True)
        except NotUniqueError:
            return False
        return True

    def count_report(self, case_id: str) -> None:
        self.filter(id=case_id).update_one(inc__report_count=1)

    def decide(self, case: Case, decision: Decision, *, announcing: Event) -> bool:
        """Close an open case with its decision; False where somebody was faster."""
        slot = rules.decided_slot(case.subject_type, case.subject_id, str(case.id))
        return bool(
            self.filter(id=case.id, state="open").modify(
                set__state="decided",
                set__slot=slot,
                set__decision=decision,
                push__outbox=announcing.envelope(),
            )
        )


class Case(Announcing):
    """All reports of one subject until staff decide; `slot` keeps it to one open case each."""

    subject_type = fields.StringField(required=True, choices=rules.SUBJECT_TYPES)
    subject_id = fields.StringField(required=True)
    owner_id = fields.StringField(required=True)
    slot = fields.StringField(required=True)
    state = fields.StringField(required=True, choices=("open", "decided"), default="open")
    report_count = fields.IntField(required=True, default=0)
    first_reason = fields.StringField(required=True, choices=rules.REPORT_REASONS)
    decision = fields.EmbeddedDocumentField(Decision)

    meta = {
        "collection": "cases",
        "queryset_class": CaseQuerySet,
        "indexes": [{"fields": ["slot"], "unique": True}, ["state", "id"], ["subject_id", "id"]],
    }


class AuditQuerySet(QuerySet):
    """Reads, and one way to append: what changes or removes entries is refused."""

    def append(self, entry_id: str, **values: Any) -> bool:
        """Insert an entry; False where this fact is written down already."""
        try:
            AuditEntry(id=entry_id, **values).save(force_insert=True)
        except NotUniqueError:
            return False
        return True

    @override
    def update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditIsAppendOnly

    @override
    def update_one(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditIsAppendOnly

    @override
    def modify(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditIsAppendOnly

    @override
    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditIsAppendOnly


class AuditEntry(Base):
    """One thing staff did. `_id` is the id of the event that told of it: twice is once."""

    actor_id = fields.StringField(required=True)
    verb = fields.StringField(required=True)
    subject_type = fields.StringField(required=True, choices=rules.SUBJECT_TYPES)
    subject_id = fields.StringField(required=True)
    note = fields.StringField()

    meta = {
        "collection": "audit_entries",
        "queryset_class": AuditQuerySet,
        "indexes": [["subject_type", "subject_id", "id"]],
    }

    @override
    def save(self, *args: Any, **kwargs: Any) -> AuditEntry:
        if not kwargs.get("force_insert"):
            raise AuditIsAppendOnly
        saved: AuditEntry = super().save(*args, **kwargs)
        return saved

    @override
    def update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditIsAppendOnly

    @override
    def modify(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditIsAppendOnly

    @override
    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditIsAppendOnly

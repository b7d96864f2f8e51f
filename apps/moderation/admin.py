"""The desks of moderation: open cases with their decision, and the audit trail to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin
from typing_extensions import override

from apps.accounts import public as accounts
from apps.moderation import public as moderation
from apps.moderation.models import AuditDesk, CaseDesk
from kit.admin import Answers, Ask, Column, Desk, RowAction
from kit.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class CaseRow:
    """An open case with the handle of whom it concerns."""

    id: str
    subject: str
    owner: str
    reports: int
    first_reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the trail with the name of who acted."""

    id: str
    verb: str
    subject: str
    actor: str
    note: str
    at: datetime


def decide(outcome: str, case_id: str, by: str, answers: Answers) -> None:
    moderation.decide_case(
        case_id=case_id,
        by=by,
        outcome=outcome,
        reason=answers["reason"],
        notice=answers.get("notice", ""),
    )


@admin.register(CaseDesk)
class CaseDeskAdmin(Desk):
    columns = (
        Column("subject", "Subject", "strong"),
        Column("owner", "Concerns"),
        Column("reports", "Reports"),
        Column("first_reason", "First reason", "state"),
        Column("since", "Opened", "age"),
    )
    tones = {"child safety": "danger", "self harm": "danger", "violence": "warning"}
    search_hint = "Search by a subject's id"
    empty = "No case is open."
    row_actions = (
        RowAction(
            name="uphold",
            label="Uphold",
            permission="moderation.decide_case",
            done="upheld",
            warning="The reports were right. The decision is final and goes into the audit trail.",
            run=partial(decide, "upheld"),
            asks=(
                Ask("reason", "Reason", "Which rule was broken, and how."),
                Ask("notice", "Notice", "What the person concerned is told."),
            ),
        ),
        RowAction(
            name="dismiss",
            label="Dismiss",
            permission="moderation.decide_case",
            done="dismissed",
            warning="Nothing was wrong. The decision is final and goes into the audit trail.",
            run=partial(decide, "dismissed"),
            asks=(Ask("reason", "Reason", "Why nothing was wrong."),),
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[CaseRow]:
        found = moderation.list_cases(search=search, page=page)
        handles = _handles([row.owner_id for row in found.items])
        return found.map(
            lambda row: CaseRow(
                id=row.id,
                subject=f"{row.subject_type} {row.subject_id}",
                owner=handles.get(row.owner_id, row.owner_id),
                reports=row.report_count,
                first_reason=row.first_reason.replace("_", " "),
                since=row.created_at,
            )
        )


@admin.register(AuditDesk)
class AuditDeskAdmin(Desk):
    columns = (
        Column("verb", "What", "strong"),
        Column("subject", "Subject", "code"),
        Column("actor", "By"),
        Column("note", "Note"),
        Column("at", "When", "age"),
    )
    search_hint = "Search by a subject's id"
    empty = "Staff have done nothing yet."

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[AuditRow]:
        found = moderation.list_audit(subject_id=search, page=page)
        handles = _handles([row.actor_id for row in found.items])
        return found.map(
            lambda row: AuditRow(
                id=row.id,
                verb=row.verb,
                subject=f"{row.subject_type} {row.subject_id}",
                actor=handles.get(row.actor_id, row.actor_id),
                note=row.note,
                at=row.created_at,
            )
        )


def _handles(user_ids: list[Any]) -> dict[str, str]:
    found = accounts.find_profiles(user_ids=user_ids)
    return {user_id: f"@{profile.handle}" for user_id, profile in found.items()}

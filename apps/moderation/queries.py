"""Reads. Outside this context they are contracts, never documents."""

from __future__ import annotations

from typing import Any

from apps.moderation import rules
from apps.moderation.contracts import AuditSummary, CaseSummary, ReportSummary
from apps.moderation.documents import AuditEntry, Case, Report
from apps.moderation.errors import CaseNotFound
from kit.pages import Page, PageRequest, cut


def get_report(*, reporter_id: str, subject_type: str, subject_id: str) -> ReportSummary:
    found = Report.objects.get(
        reporter_id=reporter_id, subject_type=subject_type, subject_id=subject_id
    )
    return ReportSummary(
        id=found.id,
        case_id=found.case_id,
        subject_type=found.subject_type,
        subject_id=found.subject_id,
        reason=found.reason,
        created_at=found.created_at,
    )


def get_case(*, case_id: str) -> CaseSummary:
    """Return one case.

    Raises:
        CaseNotFound: no such case.

    """
    return _case(get_document(case_id))


def get_document(case_id: str) -> Case:
    found: Case | None = Case.objects(id=case_id).first()
    if found is None:
        raise CaseNotFound(case_id=case_id)
    return found


def find_open_case(subject_type: str, subject_id: str) -> Case | None:
    found: Case | None = Case.objects(slot=rules.open_slot(subject_type, subject_id)).first()
    return found


def count_open_cases(*, most: int = 1_000) -> int:
    """Return how many cases are open; `most` means at least so many."""
    return int(Case._get_collection().count_documents({"state": "open"}, limit=most))  # noqa: SLF001


def list_cases(*, state: str = "open", search: str = "", page: PageRequest) -> Page[CaseSummary]:
    """Return cases of one state, newest first; a search is a whole subject id."""
    wanted: dict[str, Any] = {"state": state}
    if search:
        wanted["subject_id"] = search
    if page.cursor:
        wanted["id__lt"] = page.cursor
    rows = list(Case.objects(**wanted).exclude("outbox").order_by("-id").limit(page.limit + 1))
    return cut([_case(row) for row in rows], limit=page.limit, cursor_of=lambda case: case.id)


def list_audit(
    *, subject_type: str = "", subject_id: str = "", page: PageRequest
) -> Page[AuditSummary]:
    """Return what staff did, newest first: to one subject, or to everything."""
    wanted: dict[str, Any] = {}
    if subject_type:
        wanted["subject_type"] = subject_type
    if subject_id:
        wanted["subject_id"] = subject_id
    if page.cursor:
        wanted["id__lt"] = page.cursor
    rows = list(AuditEntry.objects(**wanted).order_by("-id").limit(page.limit + 1))
    found = [_audit(row) for row in rows]
    return cut(found, limit=page.limit, cursor_of=lambda entry: entry.id)


def _case(row: Case) -> CaseSummary:
    decision = row.decision
    decided = (
        {
            "outcome": decision.outcome,
            "decided_by": decision.by,
            "reason": decision.reason,
            "decided_at": decision.at,
        }
        if decision
        else {}
    )
    return CaseSummary(
        id=row.id,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        owner_id=row.owner_id,
        state=row.state,
        report_count=row.report_count,
        first_reason=row.first_reason,
        created_at=row.created_at,
        **decided,
    )


def _audit(row: AuditEntry) -> AuditSummary:
    return AuditSummary(
        id=row.id,
        actor_id=row.actor_id,
        verb=row.verb,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        note=row.note or "",
        created_at=row.created_at,
    )

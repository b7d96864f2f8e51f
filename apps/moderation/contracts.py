"""What other contexts may hold of reports, cases and the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportSummary:
    """One person's report; subject_type is broadcast, person or recording."""

    id: str
    case_id: str
    subject_type: str
    subject_id: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseSummary:
    """state is open or decided; outcome is upheld, dismissed or, while open, empty."""

    id: str
    subject_type: str
    subject_id: str
    owner_id: str
    state: str
    report_count: int
    first_reason: str
    created_at: datetime
    decided_at: datetime | None = None
    outcome: str = ""
    decided_by: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditSummary:
    """One thing staff did: who, what, to which subject, when, and what they wrote."""

    id: str
    actor_id: str
    verb: str
    subject_type: str
    subject_id: str
    note: str
    created_at: datetime

"""The door of the moderation context: everyone else imports this module and no deeper."""

from __future__ import annotations

from django.utils import timezone

from apps.moderation import queries, services
from apps.moderation.contracts import CaseSummary, ReportSummary

get_case = queries.get_case
list_cases = queries.list_cases
list_audit = queries.list_audit
count_open_cases = queries.count_open_cases
audit_ending = services.audit_ending
audit_removal = services.audit_removal
audit_recording_removal = services.audit_recording_removal
audit_decision = services.audit_decision


def report(
    *, reporter_id: str, subject_type: str, subject_id: str, reason: str, note: str = ""
) -> ReportSummary:
    new = services.NewReport(
        reporter_id=reporter_id,
        subject_type=subject_type,
        subject_id=subject_id,
        reason=reason,
        note=note,
    )
    return services.report(new=new, now=timezone.now())


def decide_case(
    *, case_id: str, by: str, outcome: str, reason: str, notice: str = ""
) -> CaseSummary:
    return services.decide_case(
        case_id=case_id,
        by=by,
        outcome=outcome,
        reason=reason,
        notice=notice,
        now=timezone.now(),
    )

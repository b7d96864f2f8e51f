"""Writes. Each function is one thing a person or an event can make happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.accounts import public as accounts
from apps.moderation import queries, rules
from apps.moderation.contracts import CaseSummary, ReportSummary
from apps.moderation.documents import AuditEntry, Case, Decision, Report
from apps.moderation.errors import CannotReportYourself, CaseDecidedBefore, DecisionNeedsReason
from apps.moderation.events import CaseDecided, CaseOpened
from apps.streams import public as streams
from apps.streams.events import BroadcastEnded, BroadcastRemoved, RecordingRemoved
from kit.ids import new_id


@dataclass(frozen=True, kw_only=True, slots=True)
class NewReport:
    """What somebody says of a subject."""

    reporter_id: str
    subject_type: str
    subject_id: str
    reason: str
    note: str = ""


StaffAct = BroadcastEnded | BroadcastRemoved | RecordingRemoved


def report(*, new: NewReport, now: datetime) -> ReportSummary:
    """Write a report down, once a person and subject, and open a case where none is open.

    The case comes first: a crash in between leaves a case without its count, never a report that
    nobody will look at.

    Raises:
        NotFound: there is no such subject, or the reporter may not see it.
        CannotReportYourself: the subject is the reporter's own.

    """
    owner_id = _find_owner(new)
    if owner_id == new.reporter_id:
        raise CannotReportYourself
    case = _ensure_case(new, owner_id, now)
    added = Report.objects.add(
        reporter_id=new.reporter_id,
        subject_type=new.subject_type,
        subject_id=new.subject_id,
        case_id=str(case.id),
        reason=new.reason,
        note=new.note,
        created_at=now,
    )
    if added:
        Case.objects.count_report(str(case.id))
    return queries.get_report(
        reporter_id=new.reporter_id, subject_type=new.subject_type, subject_id=new.subject_id
    )


def decide_case(
    *, case_id: str, by: str, outcome: str, reason: str, notice: str, now: datetime
) -> CaseSummary:
    """Decide an open case; the write picks the winner of two moderators.

    Raises:
        CaseNotFound: no such case.
        CaseDecidedBefore: somebody was faster.
        DecisionNeedsReason: the reason is blank.

    """
    if not reason.strip():
        raise DecisionNeedsReason
    case = queries.get_document(case_id)
    decided = CaseDecided(
        at=now,
        case_id=case_id,
        subject_type=case.subject_type,
        subject_id=case.subject_id,
        owner_id=case.owner_id,
        outcome=outcome,
        reason=reason,
        notice=notice,
        decided_by=by,
    )
    decision = Decision(outcome=outcome, reason=reason, notice=notice, by=by, at=now)
    if not Case.objects.decide(case, decision, announcing=decided):
        raise CaseDecidedBefore(case_id=case_id)
    return queries.get_case(case_id=case_id)


def audit_ending(*, event: BroadcastEnded) -> None:
    """Write down that staff ended a broadcast."""
    _audit_staff(event, by=event.ended_by, subject=("broadcast", event.broadcast_id))


def audit_removal(*, event: BroadcastRemoved) -> None:
    """Write down that staff removed a broadcast; its creator may delete it without."""
    _audit_staff(event, by=event.removed_by, subject=("broadcast", event.broadcast_id))


def audit_recording_removal(*, event: RecordingRemoved) -> None:
    """Write down that staff removed a recording."""
    _audit_staff(event, by=event.removed_by, subject=("recording", event.recording_id))


def _audit_staff(event: StaffAct, *, by: str, subject: tuple[str, str]) -> None:
    """Write down a fact that says of itself whether it was staff's doing."""
    if event.reason != "staff":
        return
    kind, subject_id = subject
    AuditEntry.objects.append(
        event.event_id,
        actor_id=by,
        verb=event.key,
        subject_type=kind,
        subject_id=subject_id,
        note=event.note,
        created_at=event.at,
    )


def audit_decision(*, event: CaseDecided) -> None:
    """Write down that staff decided a case."""
    AuditEntry.objects.append(
        event.event_id,
        actor_id=event.decided_by,
        verb=f"case.{event.outcome}",
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        note=event.reason,
        created_at=event.at,
    )


def _ensure_case(new: NewReport, owner_id: str, now: datetime) -> Case:
    while (case := queries.find_open_case(new.subject_type, new.subject_id)) is None:
        case_id = new_id()
        Case.objects.open(
            id=case_id,
            announcing=CaseOpened(
                at=now,
                case_id=case_id,
                subject_type=new.subject_type,
                subject_id=new.subject_id,
                owner_id=owner_id,
            ),
            subject_type=new.subject_type,
            subject_id=new.subject_id,
            owner_id=owner_id,
            slot=rules.open_slot(new.subject_type, new.subject_id),
            first_reason=new.reason,
            created_at=now,
        )
    return case


def _find_owner(new: NewReport) -> str:
    """Return whose the subject is; the doors refuse what is not there for this reporter."""
    if new.subject_type == "person":
        return accounts.get_profile(user_id=new.subject_id).id
    if new.subject_type == "recording":
        return streams.watch_recording(
            recording_id=new.subject_id, viewer_id=new.reporter_id
        ).creator_id
    return streams.get_broadcast(broadcast_id=new.subject_id, viewer_id=new.reporter_id).creator_id

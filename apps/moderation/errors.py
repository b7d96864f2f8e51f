"""Everything the moderation context can refuse, and why."""

from kit.errors import Conflict, Invalid, NotFound


class CaseNotFound(NotFound):
    code = "case-not-found"
    sentence = "There is no case {case_id}."


class CaseDecidedBefore(Conflict):
    code = "case-decided-before"
    sentence = "Case {case_id} is decided."


class CannotReportYourself(Invalid):
    code = "cannot-report-yourself"
    sentence = "Nobody reports themselves."


class DecisionNeedsReason(Invalid):
    code = "decision-needs-reason"
    sentence = "A decision needs a reason that the person concerned can read."


class AuditIsAppendOnly(Conflict):
    code = "audit-is-append-only"
    sentence = "The audit trail is written once: nothing in it changes or goes."

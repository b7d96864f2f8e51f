"""What people report, for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.moderation import services
from apps.moderation.contracts import ReportSummary
from apps.moderation.documents import Case
from apps.streams.documents.broadcasts import Broadcast
from tests.accounts.builders import NOON, a_person
from tests.streams.builders import a_broadcast


def a_report(
    *,
    by: str,
    on: str,
    subject_type: str = "person",
    reason: str = "spam",
    note: str = "",
    now: datetime = NOON,
) -> ReportSummary:
    new = services.NewReport(
        reporter_id=by, subject_type=subject_type, subject_id=on, reason=reason, note=note
    )
    return services.report(new=new, now=now)


def an_open_case(owner: str = "mallory") -> str:
    """Store a case about a person, by one report; return its id."""
    return a_report(by=a_person(f"reporter_of_{owner}"), on=a_person(owner)).case_id


def a_broadcast_of(creator_id: str, *, visibility: str = "public") -> str:
    return a_broadcast(creator_id=creator_id, visibility=visibility).id


def a_live_broadcast(title: str, *, creator_id: str, live_at: datetime = NOON) -> str:
    broadcast_id = a_broadcast(creator_id=creator_id, title=title).id
    Broadcast.objects(id=broadcast_id).update_one(set__state="live", set__live_at=live_at)
    return broadcast_id


def events_of_cases() -> list[dict[str, Any]]:
    found = [envelope for case in Case.objects for envelope in case.outbox]
    return sorted(found, key=lambda envelope: str(envelope["id"]))

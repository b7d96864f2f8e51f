"""The desks of moderation: deciding cases, reading the trail."""

from __future__ import annotations

import pytest

from apps.moderation import public as moderation
from apps.moderation.events import CaseDecided
from tests.accounts.builders import a_staff_member
from tests.admin.test_desk import listed, signed_in, text
from tests.moderation.builders import an_open_case, events_of_cases

pytestmark = pytest.mark.django_db

CASES = "/admin/moderation/casedesk/"
AUDIT = "/admin/moderation/auditdesk/"
RIGHTS = (
    "moderation.view_casedesk",
    "moderation.decide_case",
    "moderation.view_auditdesk",
)


class TestCaseDesk:
    def test_shows_whom_a_case_concerns_and_how_many_reported(self) -> None:
        case_id = an_open_case("mallory")

        answer = signed_in(a_staff_member(*RIGHTS)).get(CASES)

        assert listed(answer) == [case_id]
        for shown in ("@mallory", "spam", "Uphold", "Dismiss"):
            assert shown in text(answer)

    @pytest.mark.parametrize(
        ("action", "outcome"), [("uphold", "upheld"), ("dismiss", "dismissed")]
    )
    def test_decides_with_a_reason(self, action: str, outcome: str) -> None:
        case_id, staff = an_open_case(), a_staff_member(*RIGHTS)

        answer = signed_in(staff).post(
            f"{CASES}do/{action}/",
            {"row": case_id, "confirmed": "yes", "reason": "Because.", "notice": "Do not."},
            follow=True,
        )

        assert f"1 case {outcome}." in text(answer)
        assert listed(answer) == []
        decided = moderation.get_case(case_id=case_id)
        assert (decided.outcome, decided.decided_by) == (outcome, staff.pk)

    def test_tells_who_was_late(self) -> None:
        case_id = an_open_case()
        moderation.decide_case(case_id=case_id, by="x", outcome="upheld", reason="Because.")

        answer = signed_in(a_staff_member(*RIGHTS)).post(
            f"{CASES}do/dismiss/",
            {"row": case_id, "confirmed": "yes", "reason": "Fine."},
            follow=True,
        )

        assert f"Case {case_id} is decided." in text(answer)
        assert moderation.get_case(case_id=case_id).outcome == "upheld"


class TestAuditDesk:
    def test_shows_the_trail_and_offers_nothing_to_do(self) -> None:
        case_id, staff = an_open_case(), a_staff_member(*RIGHTS)
        moderation.decide_case(case_id=case_id, by=staff.pk, outcome="dismissed", reason="Fine.")
        moderation.audit_decision(event=CaseDecided.read(events_of_cases()[-1]))

        answer = signed_in(staff).get(AUDIT)

        assert "case.dismissed" in text(answer)
        assert "Fine." in text(answer)
        assert b"/do/" not in answer.content

    def test_is_found_by_subject(self) -> None:
        client = signed_in(a_staff_member(*RIGHTS))

        assert "Nothing matches “nobody”." in text(client.get(AUDIT, {"q": "nobody"}))
        assert "Staff have done nothing yet." in text(client.get(AUDIT))

"""Reporting over HTTP."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.moderation.documents import Report
from kit.ids import new_id
from tests.accounts.builders import Caller, a_person
from tests.moderation.builders import a_broadcast_of

pytestmark = pytest.mark.django_db


class TestReports:
    @pytest.mark.parametrize("subject_type", ["person", "broadcast"])
    def test_takes_a_report_and_tells_nothing_of_its_case(self, subject_type: str) -> None:
        ada, mallory = Caller("ada"), a_person("mallory")
        subject = mallory if subject_type == "person" else a_broadcast_of(mallory)

        answer = ada.send("POST", "reports", _body(subject, subject_type=subject_type))

        assert answer.status_code == 201
        assert set(answer.json()) == {"id", "subject_type", "subject_id", "reason", "created_at"}
        assert answer.json()["subject_id"] == subject

    def test_answers_a_second_one_with_the_first(self) -> None:
        ada, mallory = Caller("ada"), a_person("mallory")
        first = ada.send("POST", "reports", _body(mallory))

        again = ada.send("POST", "reports", _body(mallory, reason="hate"))

        assert again.status_code == 201
        assert again.json() == first.json()
        assert len(Report.objects) == 1

    @pytest.mark.parametrize(
        ("subject_type", "code"),
        [
            ("person", "person-not-found"),
            ("broadcast", "broadcast-not-found"),
            ("recording", "recording-not-found"),
        ],
    )
    def test_of_nothing_is_not_found(self, subject_type: str, code: str) -> None:
        answer = Caller("ada").send("POST", "reports", _body(new_id(), subject_type=subject_type))

        assert answer.status_code == 404
        assert answer.json()["code"] == code

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"reason": "boring"}, "reason"),
            ({"subject_type": "comment"}, "subject_type"),
            ({"note": "x" * 1_001}, "note"),
            ({"subject_id": ""}, "subject_id"),
            ({"case_id": "x"}, "case_id"),
        ],
    )
    def test_refuses_what_breaks_a_rule(self, change: dict[str, str], field: str) -> None:
        ada, mallory = Caller("ada"), a_person("mallory")

        answer = ada.send("POST", "reports", {**_body(mallory), **change})

        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]

    def test_asks_who_calls(self) -> None:
        answer = Client().post("/api/v1/reports", _body(new_id()), "application/json")

        assert answer.status_code == 401


def _body(
    subject_id: str, *, subject_type: str = "person", reason: str = "spam"
) -> dict[str, str]:
    return {"subject_type": subject_type, "subject_id": subject_id, "reason": reason}

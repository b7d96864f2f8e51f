"""Failures outside DRF: a problem for machines, a small page for people."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings


def get(path: str) -> Any:
    return Client(raise_request_exception=False).get(path, headers={"X-Request-Id": "r-1"})


class TestHandlers:
    @pytest.mark.parametrize("path", ["/api/nothing", "/api/v1/nothing", "/media/nothing"])
    def test_tell_a_phone_of_a_missing_route_by_a_problem(self, path: str) -> None:
        answer = get(path)

        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert answer.json() == {
            "type": "/problems/not-found",
            "title": "There is nothing here.",
            "status": 404,
            "code": "not-found",
            "request_id": "r-1",
        }

    def test_tell_a_person_by_a_page(self) -> None:
        answer = get("/nothing")

        assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert b"There is nothing here." in answer.content

    @pytest.mark.urls("tests.gateway.routes")
    def test_tell_a_phone_of_a_bug_without_its_secrets(self) -> None:
        answer = get("/api/v1/explode")

        assert (answer.status_code, answer.json()["code"]) == (500, "internal")
        assert answer.json()["request_id"] == answer["X-Request-Id"] == "r-1"
        assert b"a bug" not in answer.content

    @pytest.mark.urls("tests.gateway.routes")
    def test_tell_a_person_of_a_bug_by_a_page(self) -> None:
        answer = get("/page/explode")

        assert (answer.status_code, answer["Content-Type"]) == (500, "text/html; charset=utf-8")

    def test_refuse_a_host_that_is_not_ours_by_a_problem(self, settings: Settings) -> None:
        settings.ALLOWED_HOSTS = ["example.org"]

        answer = Client().get("/api/v1/broadcasts", headers={"Host": "evil.example"})

        assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


@pytest.mark.urls("tests.gateway.routes")
class TestSpeaksProblems:
    def test_turns_a_refusal_of_a_context_into_a_problem(self) -> None:
        answer = get("/hooks/refuse")

        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
        assert (answer.json()["code"], answer.json()["place"]) == ("busy", "the gate")

    def test_turns_a_missing_thing_into_a_problem(self) -> None:
        answer = get("/hooks/lose")

        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

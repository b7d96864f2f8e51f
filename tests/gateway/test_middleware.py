"""What every answer carries and every request leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from structlog.testing import capture_logs

from kit.ids import is_id, new_id
from tests.gateway.builders import bearer


def get(path: str, **headers: str) -> Any:
    return Client().get(path, headers=headers)


class TestRequestIds:
    def test_keeps_the_id_a_phone_offers(self) -> None:
        assert get("/healthz", **{"X-Request-Id": "phone-7"})["X-Request-Id"] == "phone-7"

    @pytest.mark.parametrize("offered", ["", "a b", 'x"y', "x" * 65])
    def test_makes_its_own_where_the_offered_one_could_forge_a_log_line(
        self, offered: str
    ) -> None:
        assert is_id(get("/healthz", **{"X-Request-Id": offered})["X-Request-Id"])

    def test_is_told_in_every_problem(self) -> None:
        answer = get("/api/v1/nothing")

        assert answer.json()["request_id"] == answer["X-Request-Id"]

    def test_writes_one_line_of_every_answer(self) -> None:
        path = f"/api/v1/broadcasts/{new_id()}"

        with capture_logs() as lines:
            get(path, **bearer(new_id()))

        (line,) = [line for line in lines if line["event"] == "request"]
        assert (line["method"], line["status"]) == ("GET", 404)
        assert line["route"] == "api/v1/broadcasts/<str:broadcast_id>"
        assert line["ms"] >= 0

    def test_says_nothing_of_probes(self) -> None:
        with capture_logs() as lines:
            get("/healthz")

        assert lines == []


class TestMetrics:
    def test_count_answers_by_route_and_status(self) -> None:
        path = f"/api/v1/broadcasts/{new_id()}"
        get(path)

        page = get("/metrics").content.decode()

        labels = 'method="GET",route="api/v1/broadcasts/<str:broadcast_id>",status="401"'
        assert f"showrunner_http_requests_total{{{labels}}}" in page
        assert "showrunner_http_request_seconds_bucket" in page

    def test_name_no_path_of_a_stranger(self) -> None:
        get("/wp-admin/setup.php")

        page = get("/metrics").content.decode()

        assert "wp-admin" not in page
        assert 'method="GET",route="-",status="404"' in page

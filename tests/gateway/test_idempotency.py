"""The work of one key is done once, however often a phone asks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django_redis import get_redis_connection
from pytest_django import Settings

from gateway import idempotency
from kit.ids import new_id
from tests.gateway import routes
from tests.gateway.builders import REFUSED_PORT, bearer, caches_with

pytestmark = pytest.mark.urls("tests.gateway.routes")


class Phone:
    """Somebody's phone; every request of it carries the same token."""

    def __init__(self) -> None:
        self.headers = bearer(new_id())

    def post(self, key: str | None, body: object = None, *, path: str = "make") -> Any:
        keyed = {} if key is None else {"Idempotency-Key": key}
        return Client(raise_request_exception=False).post(
            f"/api/v1/{path}",
            json.dumps(body or {}),
            "application/json",
            headers={**self.headers, **keyed},
        )


class TestIdempotency:
    def test_tells_the_first_answer_again(self) -> None:
        phone = Phone()

        first, again = phone.post("k1", {"a": 1}), phone.post("k1", {"a": 1})

        assert (again.status_code, again.content) == (201, first.content)
        assert again["Content-Type"] == first["Content-Type"]
        assert again["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first

    def test_does_the_work_each_time_without_a_key(self) -> None:
        phone = Phone()

        assert phone.post(None).json()["id"] != phone.post(None).json()["id"]

    def test_keeps_callers_apart(self) -> None:
        assert Phone().post("k1").json()["id"] != Phone().post("k1").json()["id"]

    def test_keeps_paths_apart(self) -> None:
        phone = Phone()
        first = phone.post("k1").json()

        assert phone.post("k1", path="make?again").json()["id"] != first["id"]

    def test_refuses_a_key_that_came_with_another_body(self) -> None:
        phone = Phone()
        phone.post("k1", {"a": 1})

        answer = phone.post("k1", {"a": 2})

        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
        assert answer["Content-Type"] == "application/problem+json"

    def test_refuses_a_second_request_while_the_first_runs(self) -> None:
        routes.Meet.met.clear()

        answer = Phone().post("k1", path="meet")

        assert answer.status_code == 200
        assert [(met.status_code, met.json()["code"]) for met in routes.Meet.met] == [
            (409, "idempotency-in-progress")
        ]

    def test_lets_a_request_be_tried_again_after_a_failure_of_ours(self) -> None:
        routes.Recover.calls.clear()
        phone = Phone()

        first, second = (phone.post("k1", path="recover") for _ in range(2))

        assert (first.status_code, second.status_code) == (500, 200)
        assert second.json() == {"calls": 2}

    def test_remembers_a_refusal(self) -> None:
        phone = Phone()

        answers = [phone.post("k1", path="nowhere") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[1]["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ключ"])
    def test_refuses_a_key_that_is_none(self, key: str) -> None:
        answer = Phone().post(key)

        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-malformed")

    def test_keeps_no_readable_answer(self) -> None:
        Phone().post("k1", {"secret": "stream-key"})

        client = get_redis_connection(idempotency.STORE)
        (name,) = client.keys("idempotency:*")
        assert b"stream-key" not in client.get(name)
        assert 0 < client.ttl(name) <= idempotency.KEPT_S

    def test_promises_nothing_without_its_store(self, settings: Settings) -> None:
        settings.CACHES = caches_with("state", f"redis://127.0.0.1:{REFUSED_PORT}/1")
        phone = Phone()

        with_key, without_key = phone.post("k1"), phone.post(None)

        assert (with_key.status_code, with_key.json()["code"]) == (503, "state-unavailable")
        assert with_key["Retry-After"]
        assert without_key.status_code == 201

    def test_leaves_a_stranger_to_the_view(self) -> None:
        answer = Client().post("/api/v1/make", headers={"Idempotency-Key": "k1"})

        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")


class TestLease:
    def test_is_not_written_over_by_one_that_came_too_late(self) -> None:
        phone = Phone()
        phone.post("k1", {"a": 1})
        client = get_redis_connection(idempotency.STORE)
        (name,) = client.keys("idempotency:*")
        kept = client.get(name)

        wrote = client.eval(idempotency.KEEP, 1, name, "running:of somebody else", "mine", 60)

        assert (wrote, client.get(name)) == (0, kept)

"""How often a caller may ask, and what the headers say of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django_redis import get_redis_connection
from pytest_django import Settings

from gateway import limits
from kit.ids import new_id
from tests.gateway.builders import REFUSED_PORT, bearer, caches_with, rest_with

pytestmark = pytest.mark.urls("tests.gateway.routes")


@pytest.fixture(autouse=True)
def _three_a_day(settings: Settings) -> None:
    settings.REST_FRAMEWORK = rest_with(DEFAULT_THROTTLE_RATES={"caller": "3/day"})


def look(headers: dict[str, str] | None = None, **meta: Any) -> Any:
    return Client().get("/api/v1/look/around", headers=headers or {}, **meta)


def statuses(*answers: Any) -> list[int]:
    return [answer.status_code for answer in answers]


class TestPerCaller:
    def test_lets_as_many_through_as_the_rate_says(self) -> None:
        ada = bearer(new_id())

        answers = [look(ada) for _ in range(4)]

        assert statuses(*answers) == [200, 200, 200, 429]

    def test_tells_a_phone_what_is_left(self) -> None:
        answer = look(bearer(new_id()))

        assert answer["RateLimit-Policy"] == '"caller";q=3;w=86400'
        assert answer["RateLimit"].startswith('"caller";r=2;t=')

    def test_tells_a_refused_phone_when_to_come_back(self) -> None:
        ada = bearer(new_id())
        refused = [look(ada) for _ in range(4)][-1]

        assert refused.json()["code"] == "throttled"
        assert 1 <= int(refused["Retry-After"]) <= 86_400
        assert refused["RateLimit"].endswith(f"t={refused['Retry-After']}")
        assert '"caller";r=0;' in refused["RateLimit"]

    def test_counts_people_apart(self) -> None:
        ada, bob = bearer(new_id()), bearer(new_id())
        for _ in range(4):
            look(ada)

        assert look(bob).status_code == 200

    def test_counts_strangers_by_address(self) -> None:
        first = [look(REMOTE_ADDR="192.0.2.1") for _ in range(4)]
        other = look(REMOTE_ADDR="192.0.2.2")

        assert statuses(first[-1], other) == [429, 200]

    def test_counts_one_household_of_ipv6_as_one(self) -> None:
        answers = [look(REMOTE_ADDR=f"2001:db8::{host}") for host in range(1, 5)]

        assert answers[-1].status_code == 429

    def test_believes_no_forwarded_address_without_a_proxy(self) -> None:
        answers = [look({"X-Forwarded-For": f"192.0.2.{host}"}) for host in range(1, 5)]

        assert answers[-1].status_code == 429

    def test_believes_its_own_proxy_and_nothing_before_it(self, settings: Settings) -> None:
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}

        forged = [look({"X-Forwarded-For": f"192.0.2.{n}, 198.51.100.1"}) for n in range(1, 5)]
        other = look({"X-Forwarded-For": "192.0.2.1, 198.51.100.2"})

        assert statuses(forged[-1], other) == [429, 200]

    def test_begins_anew_in_the_next_window(self) -> None:
        used = [limits.spend("ada", now=1_000.0).verdict for _ in range(4)][-1]
        later = limits.spend("ada", now=1_000.0 + 86_400).verdict

        assert used is not None
        assert later is not None
        assert (used.is_allowed, later.is_allowed) == (False, True)

    def test_leaves_no_counter_behind_for_ever(self) -> None:
        limits.spend("ada", now=1_000.0)

        client = get_redis_connection(limits.STORE)
        assert [client.ttl(key) > 0 for key in client.keys("limit:*")] == [True]

    def test_survives_a_redis_that_forgot_the_script(self) -> None:
        limits.spend("ada")
        get_redis_connection(limits.STORE).script_flush()

        assert limits.spend("ada").verdict is not None

    def test_lets_everyone_through_while_redis_is_away(self, settings: Settings) -> None:
        settings.CACHES = caches_with("default", f"redis://127.0.0.1:{REFUSED_PORT}/0")
        ada = bearer(new_id())

        answers = [look(ada) for _ in range(5)]

        assert statuses(*answers) == [200] * 5
        assert "RateLimit" not in answers[0]

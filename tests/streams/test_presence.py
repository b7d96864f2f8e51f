"""Heartbeats of viewers over the API, and the counts that lists and home show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django_redis import get_redis_connection

from apps.streams import wiring
from apps.streams.documents.broadcasts import Broadcast
from tests.accounts.builders import Caller
from tests.streams.calls import errors, go_live, open_broadcast, problem, tell

pytestmark = pytest.mark.django_db

SESSION = "01JZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def eve() -> Caller:
    return Caller("eve")


@pytest.fixture
def live(ada: Caller) -> str:
    return go_live(ada).broadcast_id


@pytest.fixture
def audience_away(settings: Any) -> Iterator[None]:
    """Point presence at a port where nobody listens."""
    url = "redis://127.0.0.1:1/0"
    settings.STREAMS_AUDIENCE = ("redis_presence.RedisAudience", {"url": url})
    settings.STREAMS_HEALTH_BOARD = ("redis_health.RedisHealth", {"url": url})
    forget_adapters()
    yield
    forget_adapters()


def forget_adapters() -> None:
    wiring.audience.cache_clear()
    wiring.health_board.cache_clear()


def beat(caller: Caller, broadcast_id: str, **told: object) -> Any:
    return caller.send(
        "POST", f"broadcasts/{broadcast_id}/presence", {"session_id": SESSION, **told}
    )


class TestHeartbeat:
    def test_is_answered_with_who_is_here_and_when_to_speak_again(
        self, ada: Caller, eve: Caller, live: str
    ) -> None:
        first, second = beat(ada, live), beat(eve, live)

        assert first.json() == {"viewers": 1, "next_in_s": 10, "counted": True}
        assert (second.status_code, second.json()["viewers"]) == (200, 2)

    def test_of_one_session_twice_is_one_viewer(self, eve: Caller, live: str) -> None:
        beat(eve, live)

        assert beat(eve, live).json()["viewers"] == 1

    def test_with_somebody_elses_session_is_another_viewer(
        self, ada: Caller, eve: Caller, live: str
    ) -> None:
        beat(ada, live)

        assert beat(eve, live).json()["viewers"] == 2

    def test_carries_how_it_plays(self, eve: Caller, live: str) -> None:
        answer = beat(
            eve,
            live,
            position_s=12.5,
            watched_ms=9_000,
            startup_ms=800,
            rebuffer_ms=300,
            rebuffer_count=1,
            bitrate_bps=2_500_000,
            error_codes=["decode", "from-the-future"],
            leaving=True,
        )

        assert (answer.status_code, answer.json()["viewers"]) == (200, 0)

    @pytest.mark.parametrize(
        ("told", "field", "code"),
        [
            ({"session_id": "short"}, "session_id", "invalid"),
            ({"session_id": "x" * 65}, "session_id", "invalid"),
            ({"session_id": "{presence}:dirty:0001"}, "session_id", "invalid"),
            ({"position_s": -1}, "position_s", "min-value"),
            ({"watched_ms": 10**12}, "watched_ms", "max-value"),
            ({"bitrate_bps": 10**12}, "bitrate_bps", "max-value"),
            ({"error_codes": ["a"] * 6}, "error_codes", "max-length"),
            ({"viewers": 5}, "viewers", "unknown"),
        ],
    )
    def test_is_refused_with_what_cannot_be(
        self, eve: Caller, live: str, told: dict[str, object], field: str, code: str
    ) -> None:
        assert errors(beat(eve, live, **told)) == [(field, code)]

    def test_is_refused_of_a_broadcast_the_viewer_may_not_see(
        self, ada: Caller, eve: Caller
    ) -> None:
        private = go_live(ada, visibility="private").broadcast_id

        assert problem(beat(eve, private)) == (404, "broadcast-not-found")
        assert problem(beat(eve, "01NONE00000000000000000000")) == (404, "broadcast-not-found")
        assert beat(ada, private).status_code == 200

    def test_is_refused_before_there_is_anything_to_watch(self, ada: Caller) -> None:
        ready = open_broadcast(ada)["broadcast"]["id"]

        assert problem(beat(ada, ready)) == (409, "broadcast-not-live")

    def test_counts_for_a_video_that_is_watched_later(self, eve: Caller, ada: Caller) -> None:
        over = go_live(ada).broadcast_id
        ada.send("POST", f"broadcasts/{over}/end")

        assert beat(eve, over).json()["viewers"] == 1

    def test_is_for_those_who_signed_in(self, live: str) -> None:
        answer = Client().post(
            f"/api/v1/broadcasts/{live}/presence", "{}", content_type="application/json"
        )

        assert answer.status_code == 401

    def test_believes_a_verdict_for_a_while(self, eve: Caller, live: str) -> None:
        beat(eve, live)
        Broadcast.objects(id=live).update(set__visibility="private")

        assert beat(eve, live).status_code == 200


class TestOutage:
    @pytest.mark.usefixtures("audience_away")
    def test_of_redis_is_an_answer_without_a_count(self, eve: Caller, live: str) -> None:
        answer = beat(eve, live)

        assert answer.status_code == 202
        assert answer.json() == {"viewers": 0, "next_in_s": 10, "counted": False}

    @pytest.mark.usefixtures("audience_away")
    def test_of_redis_leaves_lists_and_health_hooks_alone(self, ada: Caller) -> None:
        session = go_live(ada)

        assert listed(ada)[0]["viewers"] == 0
        assert tell("heartbeat", session).json() == {"continue": True}
        assert problem(ada.send("GET", f"broadcasts/{session.broadcast_id}/health")) == (
            503,
            "audience-away",
        )


class TestViewers:
    def test_stand_on_every_card(self, ada: Caller, eve: Caller, live: str) -> None:
        for caller in (ada, eve):
            beat(caller, live)
        other = go_live(ada).broadcast_id

        home = eve.send("GET", "home").json()

        assert {row["id"]: row["viewers"] for row in listed(eve)} == {live: 2, other: 0}
        assert {row["id"]: row["viewers"] for row in home["live"]} == {live: 2, other: 0}
        assert eve.send("GET", f"broadcasts/{live}").json()["viewers"] == 2

    def test_are_counted_for_the_rows_of_the_page_alone(self, ada: Caller) -> None:
        for _ in range(3):
            go_live(ada)
        open_broadcast(ada)
        redis = get_redis_connection("state")
        before = calls(redis)

        ada.send("GET", "broadcasts")

        after = calls(redis)
        assert after["zcount"] - before.get("zcount", 0) == 3


def calls(redis: Any) -> dict[str, int]:
    """Return how often each command was called on the server."""
    return {
        name.removeprefix("cmdstat_"): row["calls"]
        for name, row in redis.info("commandstats").items()
    }


def listed(caller: Caller) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = caller.send("GET", "broadcasts?status=live").json()["items"]
    return rows

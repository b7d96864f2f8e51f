"""How an encoder does: told by the ingest's heartbeat, read by the broadcaster."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from apps.streams import public as streams
from apps.streams.adapters.memory import MemoryHealth
from apps.streams.adapters.redis_health import RedisHealth
from apps.streams.contracts import HealthPoint
from apps.streams.rules.ingest_health import MOST_POINTS, dropped_between, point_of, warnings_of
from kit import mongo
from tests.accounts.builders import Caller
from tests.conftest import NOON
from tests.streams.calls import Session, errors, go_live, hook

GOOD: dict[str, float] = {
    "bitrate_bps": 2_500_000,
    "fps": 30.0,
    "keyframe_interval_s": 2.0,
    "width": 720,
    "height": 1280,
    "dropped_frames": 3,
    "audio_bitrate_bps": 128_000,
}


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def live(ada: Caller) -> Session:
    return go_live(ada)


@pytest.fixture(params=["memory", "redis"])
def board(request: pytest.FixtureRequest) -> MemoryHealth | RedisHealth:
    if request.param == "memory":
        return MemoryHealth()
    return RedisHealth(url=settings.REDIS_STATE_URL)


def a_point(at_s: int = 0, **changed: float) -> HealthPoint:
    return point_of({**GOOD, **changed}, at=NOON + timedelta(seconds=at_s))


def heartbeat(session: Session, **health: object) -> Any:
    return hook({"event": "heartbeat", **session.ids, "health": {**GOOD, **health}})


def health_of(caller: Caller, session: Session) -> dict[str, Any]:
    found: dict[str, Any] = caller.send("GET", f"broadcasts/{session.broadcast_id}/health").json()
    return found


@pytest.mark.django_db
class TestHealth:
    def test_is_what_the_heartbeat_measured(self, ada: Caller, live: Session) -> None:
        heartbeat(live, bitrate_bps=2_400_000)
        heartbeat(live)

        found = health_of(ada, live)

        assert (found["state"], found["warnings"], len(found["series"])) == ("good", [], 2)
        assert {name: found["latest"][name] for name in GOOD} == GOOD

    def test_is_unknown_where_nothing_was_measured(self, ada: Caller, live: Session) -> None:
        assert health_of(ada, live) == {
            "broadcast_id": live.broadcast_id,
            "state": "unknown",
            "latest": None,
            "series": [],
            "warnings": [],
        }

    def test_warns_in_words(self, ada: Caller, live: Session) -> None:
        heartbeat(live, keyframe_interval_s=8)

        found = health_of(ada, live)

        assert found["state"] == "poor"
        assert found["warnings"] == [
            "Key frames come every 8.0 s: set the encoder to 2 s, or players start late."
        ]

    def test_of_a_stale_session_is_not_kept(self, ada: Caller, live: Session) -> None:
        stale = Session(live.broadcast_id, live.key, live.epoch - 1)

        assert heartbeat(stale).json()["continue"] is False
        assert health_of(ada, live)["state"] == "unknown"

    def test_must_be_numbers(self, live: Session) -> None:
        assert errors(heartbeat(live, fps="fast")) == [("health.fps", "invalid")]

    def test_is_rolled_into_the_minutes(self, live: Session) -> None:
        heartbeat(live)
        heartbeat(live, dropped_frames=10)
        streams.roll_up_presence()

        (whole,) = mongo.database()["watch_buckets"].find({"grain": "all"})

        assert (whole["ingest_samples"], whole["ingest_kbps"]) == (2, 5_000)
        assert whole["ingest_dropped"] == 10


class TestBoard:
    def test_keeps_the_last_measurements_in_order(self, board: MemoryHealth | RedisHealth) -> None:
        points = [a_point(nth) for nth in range(MOST_POINTS + 5)]
        for point in points:
            board.note("b", point, dropped=0)

        assert board.read("b", newest=100) == points[5:]
        assert board.read("b", newest=2) == points[-2:]
        assert board.read("none", newest=2) == []


class TestRules:
    @pytest.mark.parametrize(
        ("before", "now", "said"),
        [
            ({}, {"bitrate_bps": 0}, "No video arrives"),
            ({}, {"bitrate_bps": 1_200_000}, "The bitrate falls: 1.2 Mbit/s after 2.5"),
            ({"bitrate_bps": 3e5}, {"bitrate_bps": 3e5}, "The bitrate is low: 300 kbit/s"),
            ({}, {"dropped_frames": 100}, "97 frames were lost in the last 10 s"),
            ({}, {"keyframe_interval_s": 4.1}, "Key frames come every 4.1 s"),
            ({}, {"fps": 12}, "Only 12 frames a second arrive"),
            ({}, {"audio_bitrate_bps": 0}, "No sound arrives"),
        ],
    )
    def test_say_one_thing_for_one_fault(
        self, before: dict[str, float], now: dict[str, float], said: str
    ) -> None:
        warnings = warnings_of([a_point(0, **before), a_point(10, **now)])

        assert len(warnings) == 1
        assert warnings[0].startswith(said)

    def test_say_nothing_where_all_is_well(self) -> None:
        assert warnings_of([a_point(nth) for nth in range(3)]) == []

    def test_take_a_broken_number_for_none(self) -> None:
        measured = {"fps": float("nan"), "bitrate_bps": -5, "width": 1e12, "new": 1}

        assert point_of(measured, at=NOON) == HealthPoint(at=NOON)

    def test_count_drops_from_the_beginning_of_a_new_session(self) -> None:
        first, second, restarted = (a_point(dropped_frames=total) for total in (5, 9, 2))

        assert dropped_between(None, first) == 5
        assert dropped_between(first, second) == 4
        assert dropped_between(second, restarted) == 2

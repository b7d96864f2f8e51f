"""How a broadcast was watched, over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from apps.accounts.models import User
from apps.streams import public as streams
from apps.streams import wiring
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.rules.watching import floor_to
from tests.accounts.builders import Caller, a_staff_member
from tests.streams.calls import errors, go_live, problem
from tests.streams.watching import watch

pytestmark = pytest.mark.django_db

NOTHING: Final[dict[str, object]] = {
    "from": None,
    "to": None,
    "resolution": "minute",
    "viewers": 0,
    "peak_viewers": 0,
    "unique_viewers": 0,
    "views": 0,
    "watch_time_s": 0,
    "average_view_s": 0.0,
    "view_p50_s": 0,
    "view_p90_s": 0,
    "series": [],
    "retention": [],
    "quality": {
        "startup_p50_ms": 0,
        "startup_p95_ms": 0,
        "rebuffer_ratio": 0.0,
        "rebuffers_per_hour": 0.0,
        "average_bitrate_bps": 0,
        "player_errors": [],
    },
}


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
def since() -> datetime:
    """Return the beginning of an hour in which nobody watches any more."""
    return floor_to(datetime.now(UTC), "hour") - timedelta(hours=3)


def stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def told(caller: Caller, broadcast_id: str, query: str = "") -> dict[str, Any]:
    answer = caller.send("GET", f"broadcasts/{broadcast_id}/analytics{query}")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def seen(viewer_id: str, broadcast_id: str, since: datetime, *seconds: float, **beat: Any) -> None:
    watch(
        wiring.audience(),
        broadcast_id,
        viewer_id=viewer_id,
        since=since,
        seconds=seconds,
        **beat,
    )


class TestAnalytics:
    def test_are_zeros_where_nobody_watched(self, ada: Caller, live: str) -> None:
        assert told(ada, live) == {"broadcast_id": live, **NOTHING}

    def test_tell_views_people_and_time(self, ada: Caller, live: str, since: datetime) -> None:
        seen("eve", live, since, 0, 30, 60, position_s=0)
        seen("bob", live, since, 70, 80)
        seen("bob", live, since, 140, 150)
        streams.roll_up_presence()

        found = told(ada, live)

        assert (found["views"], found["unique_viewers"], found["peak_viewers"]) == (2, 2, 2)
        assert found["watch_time_s"] == 80
        assert found["average_view_s"] == 40
        assert found["view_p50_s"] == pytest.approx(20, rel=0.1)
        assert found["view_p90_s"] == pytest.approx(60, rel=0.1)

    def test_draw_a_series_without_gaps(self, ada: Caller, live: str, since: datetime) -> None:
        seen("eve", live, since, 0, 30)
        seen("bob", live, since, 125, 155)
        streams.roll_up_presence()

        series = told(ada, live)["series"]

        assert [point["at"] for point in series] == [
            stamp(since + timedelta(minutes=nth)) for nth in range(3)
        ]
        assert [point["peak_viewers"] for point in series] == [1, 0, 1]
        assert [point["average_viewers"] for point in series] == [0.5, 0.0, 0.5]

    def test_show_a_part_in_the_steps_that_are_asked_for(
        self, ada: Caller, live: str, since: datetime
    ) -> None:
        seen("eve", live, since, 0, 30)
        seen("bob", live, since + timedelta(hours=1), 0, 40)
        streams.roll_up_presence()

        part = told(ada, live, f"?from={stamp(since + timedelta(minutes=5))}")
        hours = told(ada, live, "?resolution=hour")

        assert (part["views"], part["watch_time_s"]) == (1, 40)
        assert [point["watch_time_s"] for point in hours["series"]] == [30, 40]
        assert part["unique_viewers"] == 2

    def test_draw_where_viewers_stay(self, ada: Caller, live: str, since: datetime) -> None:
        for name in ("eve", "bob"):
            seen(name, live, since, 0, position_s=3)
        seen("bob", live, since, 20, position_s=23)
        streams.roll_up_presence()

        assert told(ada, live)["retention"] == [
            {"at_s": 0, "share": 1.0},
            {"at_s": 10, "share": 0.5},
            {"at_s": 20, "share": 0.5},
        ]

    def test_say_how_it_played(self, ada: Caller, live: str, since: datetime) -> None:
        for name, startup_ms in (("eve", 400), ("bob", 500), ("kim", 8_000)):
            seen(name, live, since, 0, startup_ms=startup_ms)
        seen("eve", live, since, 36, rebuffer_ms=4_000, rebuffer_count=1, bitrate_bps=2_000_000)
        seen("bob", live, since, 36, errors=("decode",))
        streams.roll_up_presence()

        quality = told(ada, live)["quality"]

        assert quality["startup_p50_ms"] == pytest.approx(500, rel=0.1)
        assert quality["startup_p95_ms"] == pytest.approx(8_000, rel=0.1)
        assert quality["rebuffer_ratio"] == pytest.approx(4 / 76, abs=1e-4)
        assert quality["rebuffers_per_hour"] == 50
        assert quality["average_bitrate_bps"] == 2_000_000
        assert quality["player_errors"] == [{"code": "decode", "count": 1, "rate": 0.3333}]

    def test_tell_who_watches_now_before_anything_is_carried(self, ada: Caller, live: str) -> None:
        seen("eve", live, datetime.now(UTC), 0)

        found = told(ada, live)

        assert (found["viewers"], found["peak_viewers"], found["views"]) == (1, 1, 0)

    def test_are_hours_where_minutes_are_gone(
        self, ada: Caller, live: str, since: datetime
    ) -> None:
        seen("eve", live, since - timedelta(days=20), 0, 30)
        streams.roll_up_presence()

        found = told(ada, live)

        assert (found["resolution"], found["watch_time_s"]) == ("hour", 30)


class TestRefusal:
    def test_of_a_viewer_depends_on_what_they_may_see(self, ada: Caller, eve: Caller) -> None:
        public, private = (
            go_live(ada, visibility=visibility).broadcast_id
            for visibility in ("public", "private")
        )

        for what in ("analytics", "health"):
            refused = [
                problem(eve.send("GET", f"broadcasts/{one}/{what}")) for one in (public, private)
            ]
            assert refused == [(403, "not-your-broadcast"), (404, "broadcast-not-found")]

    def test_is_not_for_staff_of_the_desk(self, ada: Caller, eve: Caller) -> None:
        private = go_live(ada, visibility="private").broadcast_id
        permissions = a_staff_member("streams.view_broadcastdesk").user_permissions.all()
        User.objects.get(pk=eve.id).user_permissions.set(permissions)

        assert told(eve, private)["views"] == 0

    @pytest.mark.parametrize(
        "query",
        [
            "?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z",
            "?from=2026-11-01T00:00:00Z&to=2026-11-09T00:00:00Z&resolution=minute",
            "?from=2018-01-01T00:00:00Z&to=2026-11-09T00:00:00Z",
        ],
    )
    def test_of_a_span_that_cannot_be_shown(self, ada: Caller, live: str, query: str) -> None:
        answer = ada.send("GET", f"broadcasts/{live}/analytics{query}")

        assert problem(answer) == (422, "bad-span")

    @pytest.mark.parametrize("query", ["to=9999-12-31T23:59:59Z", "from=0001-01-01T00:00:00Z"])
    def test_of_the_ends_of_the_calendar(self, ada: Caller, live: str, query: str) -> None:
        answer = ada.send("GET", f"broadcasts/{live}/analytics?{query}")

        (field, _) = query.split("=")
        assert [name for name, _ in errors(answer)] == [field]

    def test_of_steps_we_do_not_know(self, ada: Caller, live: str) -> None:
        answer = ada.send("GET", f"broadcasts/{live}/analytics?resolution=year&from=x")

        assert errors(answer) == [("resolution", "invalid-choice"), ("from", "invalid")]


class TestOwn:
    def test_adds_up_a_creators_days(self, ada: Caller, eve: Caller) -> None:
        mine = [go_live(ada).broadcast_id for _ in range(2)]
        others = go_live(eve).broadcast_id
        noon = datetime(2026, 11, 10, 12, tzinfo=UTC)
        seen("kim", mine[0], noon, 0, 30)
        for name in ("kim", "bob"):
            seen(name, mine[1], noon + timedelta(days=2), 0, 40)
        seen("kim", others, noon, 0, 30)
        streams.roll_up_presence()

        found = ada.send("GET", "me/analytics?from=2026-11-10&to=2026-11-12").json()

        days = found.pop("days")
        assert found == {
            "from": "2026-11-10",
            "to": "2026-11-12",
            "broadcasts": 2,
            "views": 3,
            "watch_time_s": 110,
            "peak_viewers": 2,
        }
        assert [(day["day"], day["views"], day["watch_time_s"]) for day in days] == [
            ("2026-11-10", 1, 30),
            ("2026-11-11", 0, 0),
            ("2026-11-12", 2, 80),
        ]

    def test_is_four_weeks_of_zeros_where_there_is_nothing(self, ada: Caller) -> None:
        found = ada.send("GET", "me/analytics").json()

        assert len(found["days"]) == 28
        assert {day["views"] for day in found["days"]} == {0}

    @pytest.mark.parametrize(
        "query", ["from=2026-11-02&to=2026-11-01", "from=2026-01-01&to=2026-11-01"]
    )
    def test_refuses_a_span_that_cannot_be_shown(self, ada: Caller, query: str) -> None:
        assert problem(ada.send("GET", f"me/analytics?{query}")) == (422, "bad-span")

    @pytest.mark.parametrize("query", ["to=9999-12-31", "to=0001-01-01", "from=9999-12-31"])
    def test_refuses_the_ends_of_the_calendar(self, ada: Caller, query: str) -> None:
        (field, _) = query.split("=")

        answer = ada.send("GET", f"me/analytics?{query}")

        assert [name for name, _ in errors(answer)] == [field]


class TestStorage:
    def test_keeps_no_viewer(self, ada: Caller, eve: Caller, live: str) -> None:
        seen(eve.id, live, datetime.now(UTC), 0, 20)
        streams.roll_up_presence()

        kept = str(list(Broadcast._get_db()["watch_buckets"].find()))

        assert "watch_ms" in kept
        assert eve.id not in kept

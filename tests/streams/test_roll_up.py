"""From Redis to the buckets: what dies in between loses nothing and counts nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.streams.adapters.memory import MemoryAudience
from apps.streams.ports import Harvest
from apps.streams.queries import analytics as buckets
from apps.streams.rules.watching import EPOCH
from apps.streams.services import roll_up
from kit import mongo
from tests.conftest import NOON
from tests.streams.builders import a_live_broadcast
from tests.streams.watching import carry, watch


@pytest.fixture
def audience() -> MemoryAudience:
    return MemoryAudience()


@pytest.fixture
def live() -> str:
    return a_live_broadcast().broadcast_id


def stored(broadcast_id: str, name: str = "watch_ms") -> dict[str, list[Any]]:
    """Return a counter by grain, oldest bucket first."""
    found: dict[str, list[Any]] = {}
    for row in (
        mongo.database()["watch_buckets"].find({"broadcast_id": broadcast_id}).sort("at", 1)
    ):
        found.setdefault(row["grain"], []).append(row.get(name))
    return found


class TestRollUp:
    def test_adds_to_minute_hour_day_and_whole(self, audience: MemoryAudience, live: str) -> None:
        watch(audience, live, viewer_id="eve", seconds=(0, 30, 60))
        carry(audience)
        watch(audience, live, viewer_id="eve", seconds=(90,))
        carry(audience)

        assert stored(live) == {
            "minute": [30_000, 60_000],
            "hour": [90_000],
            "day": [90_000],
            "all": [90_000],
        }
        assert stored(live, "peak") == {"minute": [1, 1], "hour": [1], "day": [1], "all": [1]}

    def test_keeps_the_highest_peak(self, audience: MemoryAudience, live: str) -> None:
        for name in ("ada", "eve", "bob"):
            watch(audience, live, viewer_id=name, seconds=(0,))
        carry(audience)
        watch(audience, live, viewer_id="eve", seconds=(50,))
        carry(audience)

        assert stored(live, "peak")["hour"] == [3]

    def test_lets_minutes_expire_and_nothing_else(
        self, audience: MemoryAudience, live: str
    ) -> None:
        watch(audience, live, viewer_id="eve")
        carry(audience)

        assert stored(live, "expires_at") == {
            "minute": [NOON + timedelta(days=14)],
            "hour": [None],
            "day": [None],
            "all": [None],
        }

    def test_writes_nothing_twice_where_it_died_before_it_could_say_so(
        self, audience: MemoryAudience, live: str
    ) -> None:
        watch(audience, live, viewer_id="eve")
        carry(Dying(audience))
        watch(audience, live, viewer_id="eve", seconds=(59,))

        carry(audience)
        carry(audience)

        assert stored(live)["all"] == [59_000]
        assert stored(live)["minute"] == [59_000]

    def test_finishes_what_another_wrote_half_of(
        self, audience: MemoryAudience, live: str
    ) -> None:
        watch(audience, live, viewer_id="eve")
        carry(Dying(audience))
        half = {"broadcast_id": live, "grain": {"$in": ["hour", "all"]}}
        mongo.database()["watch_buckets"].delete_many(half)

        carry(audience)

        assert stored(live) == {grain: [40_000] for grain in ("minute", "hour", "day", "all")}

    def test_takes_nothing_of_one_who_comes_late(
        self, audience: MemoryAudience, live: str
    ) -> None:
        watch(audience, live, viewer_id="eve")
        (late,) = audience.take(limit=1)
        carry(audience)
        watch(audience, live, viewer_id="eve", seconds=(59,))
        carry(audience)

        carry(Only(audience, late))

        assert stored(live)["all"] == [59_000]

    def test_counts_people_once_though_redis_forgot_them(
        self, audience: MemoryAudience, live: str
    ) -> None:
        watch(audience, live, viewer_id="ada")
        watch(audience, live, viewer_id="eve")
        carry(audience)
        emptied = replace(MemoryAudience(), number=audience.number)
        watch(emptied, live, viewer_id="eve", seconds=(60,))
        watch(emptied, live, viewer_id="bob", seconds=(60,))
        carry(emptied)

        whole = buckets.find_whole(broadcast_id=live)

        assert whole is not None
        assert (whole.unique, whole.at) == (3, EPOCH)

    def test_forgets_what_was_counted_of_a_broadcast_that_is_gone(
        self, audience: MemoryAudience
    ) -> None:
        watch(audience, "01GONE00000000000000000000", viewer_id="eve")

        assert carry(audience) == 1
        assert audience.take(limit=1) == []
        assert stored("01GONE00000000000000000000") == {}

    def test_goes_in_batches(self, audience: MemoryAudience, live: str) -> None:
        for nth in range(roll_up.BATCH + 1):
            watch(audience, f"b{nth}", viewer_id="eve", seconds=(0,))

        assert [carry(audience) for _ in range(3)] == [roll_up.BATCH, 1, 0]


class Dying:
    """Harvests of a process that is killed once everything is written."""

    def __init__(self, audience: MemoryAudience) -> None:
        self.take = audience.take
        self.unite = audience.unite

    def settle(self, harvests: object) -> None: ...


class Only:
    """Harvests of a process that stood still since it took this one."""

    def __init__(self, audience: MemoryAudience, harvest: Harvest) -> None:
        self.settle = audience.settle
        self.unite = audience.unite
        self.harvest = harvest

    def take(self, *, limit: int) -> list[Harvest]:
        return [self.harvest]

from __future__ import annotations

from typing import Final

from django_redis import get_redis_connection
from pytest_django import Settings
from structlog.testing import capture_logs

from kit.leases import Leases
from tests.gateway.builders import REFUSED_PORT, caches_with

NOBODY: Final = f"redis://127.0.0.1:{REFUSED_PORT}/1"


class TestLeases:
    def test_belong_to_who_came_first_until_they_are_released(self) -> None:
        ours, theirs = Leases("ours", lasts_s=60), Leases("theirs", lasts_s=60)

        assert ours.take("cases", ["a", "b"]) == ["a", "b"]
        assert theirs.take("cases", ["b", "c"]) == ["c"]
        theirs.release("cases", ["a", "b", "c"])
        assert theirs.take("cases", ["a", "b", "c"]) == ["c"]
        ours.release("cases", ["a", "b"])
        assert theirs.take("cases", ["a", "b"]) == ["a", "b"]

    def test_may_be_taken_again_by_their_holder(self) -> None:
        ours = Leases("ours", lasts_s=60)
        ours.take("cases", ["a"])

        assert ours.take("cases", ["a"]) == ["a"]

    def test_are_of_one_collection(self) -> None:
        Leases("ours", lasts_s=60).take("cases", ["a"])

        assert Leases("theirs", lasts_s=60).take("broadcasts", ["a"]) == ["a"]

    def test_end_by_themselves(self) -> None:
        Leases("ours", lasts_s=60).take("cases", ["a"])

        [key] = get_redis_connection("state").keys("lease:*")
        assert 0 < get_redis_connection("state").pttl(key) <= 60_000

    def test_are_everybodys_while_redis_is_away(self, settings: Settings) -> None:
        settings.CACHES = caches_with("state", NOBODY)
        ours = Leases("ours", lasts_s=60)

        with capture_logs() as said:
            assert ours.take("cases", ["a", "b"]) == ["a", "b"]
            ours.release("cases", ["a", "b"])

        assert [line["event"] for line in said] == ["relaying without leases"]

    def test_of_nothing_ask_nobody(self, settings: Settings) -> None:
        settings.CACHES = caches_with("state", NOBODY)

        with capture_logs() as said:
            assert Leases("ours", lasts_s=60).take("cases", []) == []

        assert said == []

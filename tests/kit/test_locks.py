from __future__ import annotations

import pytest
from django_redis import get_redis_connection

from kit import locks
from tests.services import wait_until


class TestHeld:
    def test_lets_one_in_at_a_time(self) -> None:
        with locks.held("door") as first, locks.held("door") as second:
            assert (first, second) == (True, False)

        with locks.held("door") as after:
            assert after

    def test_is_free_after_a_failure(self) -> None:
        with pytest.raises(ZeroDivisionError), locks.held("door"):
            raise ZeroDivisionError

        with locks.held("door") as after:
            assert after

    def test_leaves_alone_a_lock_that_went_to_another(self) -> None:
        redis = get_redis_connection("state")
        with locks.held("door"):
            redis.set("lock:door", "another")

        assert redis.get("lock:door") == b"another"

    @pytest.mark.waits
    def test_is_renewed_while_its_holder_lives(self) -> None:
        redis = get_redis_connection("state")
        with locks.held("door"):
            redis.pexpire("lock:door", 4_000)

            assert wait_until(lambda: redis.pttl("lock:door") > 4_000, within_s=6)

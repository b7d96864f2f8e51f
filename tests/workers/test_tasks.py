"""What every task inherits, shown by a real worker on a real broker."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextvars import Context
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django_redis import get_redis_connection

from kit import causes, request_ids
from kit.broker import PayloadTooLarge
from kit.errors import Unavailable
from tests.services import wait_until
from workers.app import app


class Asleep(Unavailable):
    code = "asleep-task"
    sentence = "Not before {hour}."


@app.task(name="default.knock")
def knock(*, name: str, sleeps: int) -> None:
    """Fail a few times, then say who knocked and under which request id."""
    redis = get_redis_connection("state")
    if redis.incr(f"knocks:{name}") <= sleeps:
        raise Asleep(hour=7)
    redis.rpush(f"opened:{name}", request_ids.current())


@app.task(name="default.ask", bind=True)
def ask(self: Any, *, name: str) -> None:
    """Queue the same thing twice, and fail when that is done for the first time."""
    answer.delay(name=name)
    answer.delay(name=name)
    if self.request.retries == 0:
        raise Asleep(hour=7)


@app.task(name="default.answer", bind=True)
def answer(self: Any, *, name: str) -> None:
    get_redis_connection("state").rpush(f"opened:{name}", self.idempotency_key)


@pytest.fixture
def _worker() -> Iterator[None]:
    # after the stores were emptied: on Redis the bindings of queues lie in them
    with start_worker(
        app, pool="solo", perform_ping_check=False, queues=["default"], loglevel="WARNING"
    ):
        yield


@pytest.mark.waits
@pytest.mark.usefixtures("_worker")
class TestTask:
    def test_is_tried_again_when_what_it_needs_was_away(self) -> None:
        knock.delay(name="ada", sleeps=2)

        assert wait_until(lambda: opened("ada") != [], within_s=20)
        assert int(get_redis_connection("state").get("knocks:ada") or 0) == 3

    def test_runs_under_the_id_of_the_request_that_queued_it(self) -> None:
        request_ids.bind("from-the-phone")

        knock.delay(name="ben", sleeps=0)

        assert wait_until(lambda: opened("ben") == [b"from-the-phone"], within_s=20)

    def test_queues_the_same_again_when_it_runs_again(self) -> None:
        ask.delay(name="dan")

        assert wait_until(lambda: len(opened("dan")) == 4, within_s=20)
        assert len(set(opened("dan"))) == 2

    def test_runs_under_its_own_id_where_no_request_queued_it(self) -> None:
        sent = Context().run(knock.delay, name="dora", sleeps=0)

        assert wait_until(lambda: opened("dora") == [sent.id.encode()], within_s=20)

    def test_ignores_what_a_newer_release_says(self) -> None:
        app.send_task("default.knock", kwargs={"name": "cleo", "sleeps": 0, "mood": "happy"})

        assert wait_until(lambda: opened("cleo") != [], within_s=20)


class TestPublishing:
    def test_refuses_what_is_more_than_ids(self) -> None:
        with pytest.raises(PayloadTooLarge, match=r"default.knock would carry 5000\d+ bytes"):
            knock.delay(name="x" * 5_000_000, sleeps=0)

    def test_refuses_an_argument_the_task_does_not_take(self) -> None:
        with pytest.raises(TypeError, match="mood"):
            knock.apply_async(kwargs={"name": "ada", "sleeps": 0, "mood": "happy"})

    def test_gives_what_an_event_causes_the_same_id_each_time(self) -> None:
        ids = []
        for _ in range(2):
            with causes.bind("event-1", "open_door"):
                ids.append(knock.delay(name="ada", sleeps=0).id)

        assert ids[0] == ids[1]
        assert knock.delay(name="ada", sleeps=0).id != ids[0]


def opened(name: str) -> list[bytes]:
    found: list[bytes] = get_redis_connection("state").lrange(f"opened:{name}", 0, -1)
    return found


def test_a_failure_travels_between_processes_with_its_facts() -> None:
    travelled = pickle.loads(pickle.dumps(Asleep(hour=7)))  # noqa: S301 (our own bytes)

    assert travelled.facts == {"hour": 7}
    assert str(travelled) == "Not before 7."

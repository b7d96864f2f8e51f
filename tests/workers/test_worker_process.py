"""A worker as an operator meets it: started, asked to stop, killed, held up."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import psutil
import pytest

from kit.ids import new_id
from tests.journeys.part import Part
from tests.services import wait_until
from tests.workers.staging import Staging, a_staging
from workers import shutdown

pytestmark = [pytest.mark.waits, pytest.mark.timeout(240)]

REDIS = pytest.param("redis")
RABBITMQ = pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)
# How long a worker asked to stop waits for its tasks; the default is for production.
FINISH_S = 2.0
# Both far below what production has: RabbitMQ looks once a tick.
LOW_TIMEOUT = "{consumer_timeout, 4000}, {channel_tick_interval, 1000}"


@pytest.fixture(scope="module", params=[REDIS, RABBITMQ])
def staging(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Staging]:
    home = tmp_path_factory.mktemp("staging")
    with a_staging(
        home, broker=request.param, advanced=LOW_TIMEOUT, WORKER_FINISH_S=str(FINISH_S)
    ) as staging:
        yield staging


@pytest.fixture(params=["prefork", "threads"])
def worker(request: pytest.FixtureRequest, staging: Staging) -> Part:
    return staging.worker("default", "--execution", request.param, "--concurrency", "2")


@pytest.fixture(autouse=True)
def _alone(staging: Staging) -> Iterator[None]:
    """Each test leaves neither workers nor messages."""
    yield
    staging.clear("default")


@pytest.fixture
def mark() -> str:
    """What the effects of one test are known by."""
    return new_id()


class TestSigterm:
    def test_lets_what_runs_finish_and_ends_at_once_then(
        self, staging: Staging, worker: Part, mark: str
    ) -> None:
        sent = [staging.send("default.odd.doze", mark=mark, seconds=1.0) for _ in range(2)]
        assert wait_until(lambda: len(staging.done(mark, "begun")) == 2, within_s=30)

        worker.ask_to_end()

        assert wait_until(lambda: not worker.is_running, within_s=20)
        assert sorted(staging.done(mark)) == sorted(sent)

    def test_hands_back_what_takes_longer(self, staging: Staging, worker: Part, mark: str) -> None:
        running = staging.send("default.odd.doze", mark=mark, seconds=40.0)
        assert wait_until(lambda: staging.done(mark, "begun") == [running], within_s=30)
        waiting = [staging.send("default.odd.mark", mark=f"after-{mark}") for _ in range(3)]
        began = time.monotonic()

        worker.ask_to_end()

        assert wait_until(lambda: not worker.is_running, within_s=40)
        assert time.monotonic() - began < FINISH_S + shutdown.LEAVE_AFTER_S + 5
        assert wait_until(lambda: staging.ready("default") >= 1, within_s=10)
        staging.redis.delete(f"begun:{mark}")
        staging.worker("default", "--execution", "threads")
        assert wait_until(lambda: staging.done(mark, "begun") == [running], within_s=40)
        assert wait_until(lambda: set(staging.done(f"after-{mark}")) == set(waiting), within_s=20)


class TestKilledChild:
    def test_takes_with_it_what_it_started(self, staging: Staging, mark: str) -> None:
        staging.worker("default", "--execution", "prefork", "--concurrency", "1")
        staging.send("default.odd.die_with_child", mark=mark)
        assert wait_until(lambda: bool(staging.redis.get(f"child:{mark}")), within_s=30)
        program = psutil.Process(int(staging.redis.get(f"child:{mark}")))

        os.kill(program.ppid(), signal.SIGKILL)

        assert wait_until(lambda: not program.is_running(), within_s=10)


class TestKilledWorker:
    def test_leaves_its_tasks_to_the_next(self, staging: Staging, mark: str) -> None:
        first = staging.worker("default", "--execution", "prefork", "--concurrency", "1")
        begun = staging.send("default.odd.doze", mark=mark, seconds=3.0)
        waiting = [staging.send("default.odd.mark", mark=f"later-{mark}") for _ in range(3)]
        assert wait_until(lambda: staging.done(mark, "begun") == [begun], within_s=30)

        first.kill()
        staging.worker("default", "--execution", "threads", "--concurrency", "2")

        # on Redis they come back when their visibility timeout is over
        assert wait_until(lambda: staging.done(mark) == [begun], within_s=60)
        assert wait_until(lambda: set(staging.done(f"later-{mark}")) == set(waiting), within_s=60)


class TestWorkLongerThanTheConsumerTimeout:
    def test_is_finished_once(self, staging: Staging, mark: str) -> None:
        worker = staging.worker("default", "--execution", "prefork", "--concurrency", "2")

        staging.send("default.odd.crawl", mark=mark, steps=8)

        assert wait_until(lambda: len(staging.done(mark)) >= 8, within_s=60)
        worker.end()
        assert staging.done(mark) == [str(number) for number in range(1, 9)]
        assert staging.ready("default") == 0

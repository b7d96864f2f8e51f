"""Two real beats on one Redis: who sends, who takes over, and what an outage ends."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
from celery import Celery
from celery.beat import SchedulingError
from django_redis import get_redis_connection
from redis import Redis

from tests.journeys.part import Part
from tests.services import free_port, redis, wait_until
from workers.beat import ClaimedTicks
from workers.schedule import BEAT, EVERY_S

pytestmark = [pytest.mark.waits, pytest.mark.timeout(120)]

TICK: Final = "default.tick"
PERIOD_S: Final = EVERY_S[TICK]


class Clock:
    """Two beats; no worker takes what they send, so it lies in the broker to be counted."""

    def __init__(self, home: Path, broker_url: str, state_url: str) -> None:
        variables = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
            "BROKER_URL": broker_url,
            "REDIS_STATE_URL": state_url,
            "STARTUP_WAIT_S": "30",
        }
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "beat", "--pidfile="]
        self.beats = [Part(command, variables, home / f"beat{number}.log") for number in (1, 2)]
        self._broker = Redis.from_url(broker_url)

    def sent_at(self, name: str) -> list[float]:
        """Return when each tick of a task was sent, oldest first, in epoch seconds."""
        waiting = [json.loads(found) for found in self._broker.lrange("default", 0, -1)]
        return sorted(
            datetime.fromisoformat(message["headers"]["expires"]).timestamp() - EVERY_S[name]
            for message in waiting
            if message["headers"]["task"] == name
        )

    def start(self) -> None:
        for beat in self.beats:
            beat.start()
        for beat in self.beats:
            assert beat.says_more("beat ready", 0, within_s=60), beat.tail()

    def sends_more(self, ticks: int, *, within_s: float) -> bool:
        wanted = len(self.sent_at(TICK)) + ticks
        return wait_until(lambda: len(self.sent_at(TICK)) >= wanted, within_s=within_s)

    def sender(self) -> Part:
        """Return the beat whose log says that it sends the tick."""
        return max(self.beats, key=lambda beat: beat.said(TICK))

    def close(self) -> None:
        for beat in self.beats:
            beat.end()
        self._broker.close()


@pytest.fixture(scope="module")
def state_port() -> int:
    return free_port()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def broker_url(home: Path) -> Iterator[str]:
    with redis(home / "broker") as url:
        yield f"{url}/2"


@pytest.fixture
def clock(home: Path, broker_url: str, state_port: int) -> Iterator[Clock]:
    clock = Clock(home, broker_url, f"redis://127.0.0.1:{state_port}/1")
    yield clock
    clock.close()


class TestClaimedTicks:
    def test_leave_a_tick_that_could_not_be_sent_to_another_beat(self) -> None:
        # not current: what later tests queue would go to nobody
        broker_url = f"redis://127.0.0.1:{free_port()}/0"
        unheard = Celery("unheard", broker=broker_url, set_as_current=False)
        unheard.conf.update(task_publish_retry=False, beat_schedule=BEAT)
        scheduler = ClaimedTicks(app=unheard)
        entry = scheduler.schedule[TICK]

        is_due, _ = scheduler.is_due(entry)
        claimed = get_redis_connection("state").exists(f"beat:{TICK}")
        with pytest.raises(SchedulingError):
            scheduler.apply_async(entry)

        assert (is_due, claimed) == (True, 1)
        assert ClaimedTicks(app=unheard).is_due(entry)[0]


class TestTwoBeats:
    def test_send_each_tick_once_and_one_takes_over_from_a_killed_other(
        self, home: Path, clock: Clock, state_port: int
    ) -> None:
        with redis(home / "state", state_port):
            clock.start()
            assert clock.sends_more(4, within_s=60)
            steady = clock.sent_at(TICK)
            killed = clock.sender()
            killed.kill()
            assert clock.sends_more(2, within_s=30)
            [left] = [beat for beat in clock.beats if beat is not killed]
            after = clock.sent_at(TICK)[len(steady) :]

        assert all(later - one > 0.8 * PERIOD_S for one, later in pairwise([*steady, *after]))
        assert after[0] - steady[-1] < 2 * PERIOD_S
        assert left.is_running
        assert left.said(TICK) >= 2

    def test_live_through_the_loss_of_redis_and_go_on_with_its_return(
        self, home: Path, clock: Clock, state_port: int
    ) -> None:
        with redis(home / "state", state_port):
            clock.start()
            assert clock.sends_more(1, within_s=60)
        for beat in clock.beats:
            assert beat.says_more("beat waits", 0, within_s=30)
        sent_before = clock.sent_at(TICK)
        with redis(home / "state", state_port):
            assert clock.sends_more(3, within_s=60)
            alive = [beat.is_running for beat in clock.beats]

        gone_on = clock.sent_at(TICK)[len(sent_before) :]
        assert alive == [True, True]
        assert all(later - one > 0.8 * PERIOD_S for one, later in pairwise(gone_on))

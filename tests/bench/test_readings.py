"""What the measurements read from others: wrk, the Procfile, the demo's files, a child."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bench.demo import pythons, recorded_s
from bench.home import read_wrk
from bench.processes import Actor, Failed, actor
from bench.task_actors import PLAIN_QUEUE, SHARED
from bench.tasks import POOL, command
from bench.worker_memory import children_rss
from config.settings import broker
from workers import worker

REPORT = """Running 3s test @ http://127.0.0.1:8000/api/v1/home
  1 threads and 12 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     6.51ms    2.17ms  31.58ms   86.36%
  5573 requests in 3.00s, 17.32MB read
{}Requests/sec:   1856.42
Transfer/sec:      5.77MB
"""


class TestReadWrk:
    def test_finds_the_rate(self) -> None:
        assert read_wrk(REPORT.format("")) == 1856.42

    @pytest.mark.parametrize(
        "wrong",
        ["Non-2xx or 3xx responses: 12", "Socket errors: connect 0, read 3, write 0, timeout 0"],
    )
    def test_refuses_the_speed_of_refusals(self, wrong: str) -> None:
        with pytest.raises(Failed, match=wrong[:12]):
            read_wrk(REPORT.format(f"  {wrong}\n"))

    def test_refuses_a_report_without_a_rate(self) -> None:
        with pytest.raises(Failed, match="no rate"):
            read_wrk("unable to connect")


class TestPythons:
    def test_counts_the_lines_that_start_one(self) -> None:
        procfile = (
            "redis: redis-server --port $REDIS_PORT\n"
            "web: python manage.py documents_sync && exec python manage.py web\n"
            "io: celery -A workers.app worker\n"
        )

        assert pythons(procfile) == 2


class TestRecordedS:
    def test_says_where_no_recording_lies(self, tmp_path: Path) -> None:
        with pytest.raises(Failed, match=str(tmp_path)):
            recorded_s(tmp_path)


class TestCommand:
    def test_starts_plain_celery_as_manage_py_worker_starts_ours(self) -> None:
        ours = worker.command_line(worker.BY_NAME[POOL], name="plain")

        module, role, tasks, *celery = command("plain", POOL, 800)

        assert (module, role, tasks) == ("bench.task_actors", "plain", "800")
        assert [PLAIN_QUEUE if one == POOL else one for one in ours] == celery[:-2]

    def test_gives_ours_the_pool_whose_numbers_it_takes(self) -> None:
        module, *told = command("ours", POOL, 800)

        assert (module, told) == ("bench.on_django", ["bench.our_worker", "800", POOL])


class TestShared:
    def test_names_settings_there_are(self) -> None:
        assert set(SHARED) <= broker.CELERY.keys()


class TestChildrenRSS:
    def test_finds_no_child_where_there_is_none(self) -> None:
        with actor("tests.bench.parrot") as childless:
            childless.tell("count")
            childless.hear(within_s=20)

            assert children_rss(childless.pid) == []

    def test_weighs_each_child(self) -> None:
        with actor("tests.bench.parrot"):
            assert max(children_rss(os.getpid())) > 1_000_000


class TestActor:
    @pytest.fixture
    def parrot(self) -> Iterator[Actor]:
        with actor("tests.bench.parrot") as started:
            yield started

    def test_answers_each_word(self, parrot: Actor) -> None:
        parrot.tell("count")
        parrot.tell("count")

        assert [parrot.hear(within_s=20) for _ in range(2)] == [1, 2]

    def test_is_missed_when_it_ends(self, parrot: Actor) -> None:
        parrot.tell("leave")

        with pytest.raises(Failed, match="parrot ended with 3"):
            parrot.hear(within_s=20)

    def test_is_missed_when_it_is_silent(self, parrot: Actor) -> None:
        with pytest.raises(Failed, match="parrot said nothing"):
            parrot.hear(within_s=0.1)

    def test_keeps_its_errors_where_told(self, tmp_path: Path) -> None:
        log = tmp_path / "parrot.log"

        with actor("tests.bench.parrot", log=log) as parrot, suppress(Failed):
            parrot.tell("no such word")
            parrot.hear(within_s=20)

        assert "no such word" in log.read_text()

"""Metrics and log lines of tasks, from real workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings as django_settings
from kombu import Connection
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from clients.demo.clips import ROOT
from kit import letters, request_ids
from kit.errors import Unavailable
from kit.ids import new_id
from tests.journeys.part import Part
from tests.services import free_port, wait_until
from tests.workers.letters import A_BODY, WHY, a_letter, taken
from workers import progress, telemetry
from workers.app import app
from workers.queues import public as queues

pytestmark = pytest.mark.waits


class Asleep(Unavailable):
    code = "asleep-telemetry"
    sentence = "Not now."


@app.task(name="default.measured", bind=True)
def measured(self: Any, /, *, ends: str) -> None:
    """End as told: well, tried again once, or failed."""
    if ends == "retried" and self.request.retries == 0:
        raise Asleep
    if ends == "failed":
        raise ZeroDivisionError("by nothing")


@pytest.fixture
def _worker() -> Iterator[None]:
    with start_worker(
        app, pool="solo", perform_ping_check=False, queues=["default"], loglevel="INFO"
    ):
        yield


def ended(outcome: str, task: str = "default.measured") -> float:
    labels = {"task": task, "outcome": outcome}
    return REGISTRY.get_sample_value("showrunner_tasks_total", labels) or 0


def lines_of(records: list[Any]) -> list[dict[str, Any]]:
    found = [record.msg for record in records if record.name == "workers.telemetry"]
    return [one for one in found if one["task"] == "default.measured"]


@pytest.mark.usefixtures("_worker")
class TestTelemetry:
    @pytest.mark.parametrize("outcome", ["succeeded", "retried", "failed"])
    def test_counts_how_a_task_ended_and_writes_one_line(
        self, outcome: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        before = ended(outcome)
        request_ids.bind("from-the-phone")

        sent = measured.delay(ends=outcome)

        assert wait_until(lambda: ended(outcome) == before + 1, within_s=20)
        assert wait_until(lambda: lines_of(caplog.records) != [], within_s=5)
        line = lines_of(caplog.records)[0]
        assert (line["event"], line["outcome"], line["task_id"]) == (
            *("task finished", outcome),
            sent.id,
        )
        assert (line["tries"], line["request_id"]) == (1, "from-the-phone")
        assert 0 <= line["wait_s"] < 20
        assert 0 <= line["duration_s"] < 20
        errors = {"retried": "Asleep: Not now.", "failed": "ZeroDivisionError: by nothing"}
        assert line.get("error") == errors.get(outcome)

    def test_waits_from_the_moment_a_task_is_due(self, caplog: pytest.LogCaptureFixture) -> None:
        measured.apply_async(kwargs={"ends": "succeeded"}, countdown=2)

        assert wait_until(lambda: lines_of(caplog.records) != [], within_s=20)
        assert lines_of(caplog.records)[0]["wait_s"] < 1.5

    def test_tells_how_far_the_queue_is(self) -> None:
        before = progress.read()["default"].begun

        measured.delay(ends="succeeded")

        assert wait_until(lambda: progress.read()["default"].begun > before, within_s=20)
        told = progress.read()["default"]
        assert told.last_since is not None
        assert told.last_begun_at is not None
        assert told.last_since <= told.last_begun_at

    def test_leaves_celerys_own_lines_out(self, caplog: pytest.LogCaptureFixture) -> None:
        measured.delay(ends="succeeded")

        assert wait_until(lambda: lines_of(caplog.records) != [], within_s=20)
        said = [record.getMessage() for record in caplog.records]
        assert not [one for one in said if "received" in one or "succeeded in" in one]


class TestLetters:
    def test_are_counted_once_the_broker_has_them(self, on_broker: Connection) -> None:
        def counted() -> tuple[float, float]:
            queue = {"queue": "default", "code": "gave-up"}
            letters_of_queue = REGISTRY.get_sample_value("showrunner_dead_letters_total", queue)
            return letters_of_queue or 0, ended("dead-lettered")

        before = counted()
        opened: Any = on_broker.channel()
        with closing(opened) as channel:
            on_broker.Producer(channel, auto_declare=False).publish(
                A_BODY,
                exchange="",
                routing_key="default",
                headers={"task": "default.measured", "id": "t1"},
                content_type="application/json",
                content_encoding="utf-8",
            )
            message = wait_for(channel, "default")
            producer = on_broker.Producer(channel, auto_declare=False)
            letters.bury(producer, message, queue="default", why=WHY)

        assert counted() == (before[0] + 1, before[1] + 1)


class TestQueue:
    @pytest.mark.parametrize(
        ("key", "queue"),
        [
            ("social", "social"),
            ("push.bulk", "push.bulk"),
            ("0.0.0.1.0.push.urgent", "push.urgent"),
            ("karaoke", "other"),
            (None, "other"),
        ],
    )
    def test_is_one_of_those_there_are(self, key: str | None, queue: str) -> None:
        assert telemetry._queue({"routing_key": key}) == queue


class TestReadyAt:
    class Request:
        def __init__(self, sent_at: Any, eta: Any) -> None:
            self.sent_at, self.eta = sent_at, eta

    @pytest.mark.parametrize(
        ("sent_at", "eta", "ready_at"),
        [
            (5.0, None, 5.0),
            (5, "1970-01-01T00:00:09+00:00", 9.0),
            (5.0, "1970-01-01T00:00:01+00:00", 5.0),
            (5.0, "soon", 5.0),
            ("5", None, None),
            (None, None, None),
        ],
    )
    def test_is_the_later_of_sent_and_due(
        self, sent_at: Any, eta: Any, ready_at: float | None
    ) -> None:
        assert telemetry.ready_at(self.Request(sent_at, eta)) == ready_at


def test_a_replay_waits_from_its_own_beginning(on_broker: Connection) -> None:
    old = a_letter(headers={"task": "social.upload", "id": "t1", "sent_at": 1.0})

    letters.replay(on_broker.Producer(auto_declare=False), old)

    [(_, headers)] = taken(on_broker, "social")
    assert headers["sent_at"] > 1_000_000_000


@contextmanager
def a_process(tmp_path: Path, *command: str, **variables: str) -> Iterator[Part]:
    """Run one process of ours, its log in `tmp_path`, until the block ends."""
    part = Part(
        [sys.executable, "-m", *command],
        {**os.environ, **variables},
        tmp_path / "log",
        int(variables["METRICS_PORT"]),
    )
    part.start()
    try:
        part.wait_up()
        yield part
    finally:
        part.end()


def sample(port: int, name: str, **labels: str) -> float:
    """Return one value of a process's /metrics; 0 where it has none."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    found = [
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    return found[0] if found else 0


def wait_for(channel: Any, queue: str) -> Any:
    """Take the next message of a queue."""
    found: list[Any] = []

    def came() -> bool:
        message = channel.basic_get(queue, no_ack=True)
        if message:
            found.append(message)
        return bool(found)

    assert wait_until(came, within_s=10)
    return found[0]


def send_tick(connection: Connection) -> None:
    # by hand: our application would declare the queues of its own broker
    task = app.amqp.as_task_v2(new_id(), "default.tick")
    connection.Producer(auto_declare=False).publish(
        task.body,
        exchange="",
        routing_key="default",
        headers={**task.headers, telemetry.SENT_AT: time.time()},
        serializer="json",
        **task.properties,
    )


def folders(port: int) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"showrunner-metrics-{port}-*"))


class TestExposition:
    def test_joins_what_the_children_of_a_worker_counted(
        self, on_broker: Connection, tmp_path: Path
    ) -> None:
        port = free_port()
        command = ("celery", "-A", "workers.app", "worker", "--pool", "prefork")
        url = django_settings.CELERY["broker_url"]

        with a_process(
            *(tmp_path, *command, "--concurrency", "2", "--queues", "default"),
            METRICS_PORT=str(port),
            BROKER_URL=url,
            STARTUP_WAIT_S="10",
        ) as worker:
            for _ in range(20):
                send_tick(on_broker)
            labels = {"task": "default.tick", "outcome": "succeeded"}
            ticks = partial(sample, port, "showrunner_tasks_total", **labels)
            assert wait_until(lambda: ticks() == 20, within_s=30)
            waits = sample(port, "showrunner_task_wait_seconds_count", queue="default")
            assert waits == 20
            assert worker.said('"event": "task finished"') == 20
            assert worker.said("received") == 0

            def working() -> int | None:
                return next(one.consumers for one in queues.look().rows if one.id == "default")

            assert wait_until(lambda: working() == 1, within_s=20)

            # a child that is gone takes nothing with it
            children = [one for one in psutil.process_iter() if is_child_of(one, worker)]
            assert len(children) >= 2
            children[0].send_signal(signal.SIGKILL)
            send_tick(on_broker)
            assert wait_until(lambda: ticks() == 21, within_s=30)
            assert len(folders(port)) == 1

        assert folders(port) == []

    def test_refuses_to_start_on_a_port_that_is_taken(self) -> None:
        taken_port = os.environ["REDIS_URL"].rpartition(":")[2].partition("/")[0]

        ended = subprocess.run(
            [sys.executable, "manage.py", "relay"],
            cwd=ROOT,
            env={**os.environ, "METRICS_PORT": taken_port},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert ended.returncode == 1
        assert f"METRICS_PORT {taken_port} cannot be served" in ended.stderr


def is_child_of(process: psutil.Process, part: Part) -> bool:
    assert part._process is not None
    try:
        return process.ppid() == part._process.pid
    except psutil.Error:
        return False

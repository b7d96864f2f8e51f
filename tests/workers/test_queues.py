"""`manage.py queues`, the same on RabbitMQ and on Redis, and what either can honestly say."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from kombu import Connection

from clients.demo.clips import ROOT
from kit.documents import utc_now
from tests.services import wait_until
from tests.workers.letters import a_row, publish_dead
from workers import progress
from workers.management import queue_table
from workers.queues import public as queues
from workers.queues import readings, rules
from workers.queues.contracts import Look, Overview, QueueRow, Reading, Seen
from workers.queues.rules import Known

NOW = 1_000_000.0


def put(connection: Connection, queue: str, *, sent_at: float | None = None) -> None:
    """Put a task's message into a queue."""
    headers = {"sent_at": sent_at} if sent_at else {}
    connection.Producer(auto_declare=False).publish(
        b"[[], {}, {}]",
        exchange="",
        routing_key=queue,
        headers=headers,
        content_type="application/json",
        content_encoding="utf-8",
    )


def row(name: str) -> QueueRow:
    return next(one for one in queues.look().rows if one.id == name)


def ran(*words: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    out = io.StringIO()
    try:
        call_command("queues", *words, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


class TestQueues:
    def test_needs_nobody_while_nothing_waits(self, on_broker: Connection) -> None:
        code, shown = ran()

        assert code == 0
        assert shown.splitlines()[0].split() == [
            *("queue", "ready", "in", "hand", "workers", "oldest", "in/s", "out/s", "dead")
        ]
        assert shown.splitlines()[-1].endswith(
            "0 ready, 0 dead letters waiting; nothing needs a person."
        )

    def test_tells_of_messages_nobody_works_on(self, on_broker: Connection) -> None:
        for _ in range(3):
            put(on_broker, "previews")
        assert wait_until(lambda: row("previews").ready == 3, within_s=15)

        code, shown = ran()

        assert code == 1
        assert "! previews holds messages and nobody works on it." in shown
        assert shown.splitlines()[-1].endswith(
            "3 ready, 0 dead letters waiting; 1 queue needs a person."
        )
        assert (row("previews").consumers, row("previews").problems) == (0, ("nobody-works",))

    def test_counts_letters_in_the_ledger_and_in_the_dead_queue(
        self, on_broker: Connection
    ) -> None:
        a_row(queue="social")
        publish_dead(on_broker, queue="social")
        a_row(queue="events.karaoke")
        assert wait_until(lambda: row("social").dead == 2, within_s=15)

        code, shown = ran()

        assert code == 1
        assert "! social has dead letters waiting." in shown
        assert "! 1 dead letter came from queues that are no more." in shown
        assert "3 dead letters waiting" in shown

    def test_tells_rates_between_two_looks(self, on_broker: Connection) -> None:
        assert row("social").in_per_s is None
        for _ in range(10):
            put(on_broker, "social")
            progress.count_begun("social", since=None)

        def both() -> bool:
            seen = row("social")
            return bool(seen.in_per_s and seen.out_per_s and seen.ready == 10)

        assert wait_until(both, within_s=15)
        seen = row("social")
        assert seen.in_per_s is not None
        assert seen.out_per_s is not None
        assert seen.in_per_s > seen.out_per_s > 0

    def test_prints_json(self, on_broker: Connection) -> None:
        code, shown = ran("--json")

        told = json.loads(shown)
        assert (code, told["needs_a_person"], told["dead"]) == (0, False, 0)
        assert {"social", "previews", "events.previews"} <= {one["id"] for one in told["rows"]}

    def test_takes_nothing_out_of_a_queue(self, on_broker: Connection) -> None:
        put(on_broker, "previews")
        for _ in range(30):
            queues.look()

        opened: Any = on_broker.channel()
        with closing(opened) as channel:
            message = channel.basic_get("previews")
            headers: Mapping[str, Any] = message.headers
            delivery = message.delivery_info
        assert not headers.get("x-delivery-count")
        assert not delivery.get("redelivered")


@pytest.mark.rabbitmq
@pytest.mark.parametrize("on_broker", ["rabbitmq"], indirect=True)
class TestAgeOnRabbitMQ:
    def test_is_told_between_bounds(self, on_broker: Connection) -> None:
        empty = time.time()
        queues.look()
        assert wait_until(lambda: time.time() - empty > rules.LEAST_APART_S, within_s=5)
        put(on_broker, "social")
        assert wait_until(lambda: row("social").ready == 1, within_s=15)

        seen = row("social")

        assert seen.oldest_at_least_s == 0
        assert seen.oldest_at_most_s is not None
        assert 0 < seen.oldest_at_most_s <= time.time() - empty

    def test_grows_from_below_while_nothing_is_begun(self, on_broker: Connection) -> None:
        put(on_broker, "social")
        assert wait_until(lambda: row("social").ready == 1, within_s=15)

        assert wait_until(lambda: (row("social").oldest_at_least_s or 0) > 1, within_s=20)


@pytest.mark.parametrize("on_broker", ["redis"], indirect=True)
class TestAgeOnRedis:
    def test_is_exact(self, on_broker: Connection) -> None:
        put(on_broker, "social", sent_at=time.time() - 400)
        put(on_broker, "social", sent_at=time.time())

        seen = row("social")

        assert seen.oldest_at_least_s == seen.oldest_at_most_s
        assert seen.oldest_at_least_s is not None
        assert 400 <= seen.oldest_at_least_s < 420
        assert "slow" in seen.problems
        assert "6m 4" in ran()[1]

    def test_of_an_event_is_since_it_happened(self, on_broker: Connection) -> None:
        at = utc_now().isoformat()
        on_broker.Producer(auto_declare=False).publish(
            json.dumps({"id": "e", "key": "k", "at": at}).encode(),
            exchange="",
            routing_key="events.previews",
            content_type="application/json",
            content_encoding="utf-8",
        )

        seen = row("events.previews")

        assert seen.oldest_at_most_s is not None
        assert 0 <= seen.oldest_at_most_s < 20

    def test_is_unknown_of_what_nobody_stamped(self, on_broker: Connection) -> None:
        put(on_broker, "social")

        assert row("social").oldest_at_most_s is None

    def test_comes_with_what_is_in_hand(self, on_broker: Connection) -> None:
        put(on_broker, "social")
        opened: Any = on_broker.channel()
        with closing(opened) as channel:
            message = channel.basic_get("social")
            assert message is not None

            assert (row("social").ready, row("social").unacked) == (0, 1)


class TestAway:
    def test_broker_ends_with_a_sentence(self, settings: Any) -> None:
        settings.CELERY = {**settings.CELERY, "broker_url": "redis://127.0.0.1:1/0"}

        with pytest.raises(CommandError, match="The broker does not answer"):
            call_command("queues")

    @pytest.mark.usefixtures("documents_away")
    @pytest.mark.parametrize("on_broker", ["redis"], indirect=True)
    def test_ledger_is_said_to_be(self, on_broker: Connection) -> None:
        code, shown = ran()

        assert code == 1
        assert "0 dead letters waiting or more: the ledger does not answer" in shown


@pytest.mark.waits
@pytest.mark.parametrize("on_broker", ["redis"], indirect=True)
def test_watching_draws_in_place_until_it_is_interrupted(on_broker: Connection) -> None:
    reader, terminal = pty.openpty()
    watching = subprocess.Popen(
        [sys.executable, "manage.py", "queues", "--watch", "1"],
        cwd=ROOT,
        stdout=terminal,
        stdin=subprocess.DEVNULL,
    )
    os.close(terminal)
    shown = b""
    while shown.count(b"nothing needs a person") < 3:
        assert shown.count(b"UTC, until") < 60, shown.decode()[-3_000:]
        assert select.select([reader], [], [], 60)[0], shown.decode()[-3_000:]
        shown += os.read(reader, 65_536)
    watching.send_signal(signal.SIGINT)

    assert watching.wait(20) == 0
    assert shown.count(b"\x1b[2J") == 1
    assert shown.count(b"\x1b[H") >= 3
    os.close(reader)


class TestBounds:
    def known(self, **more: Any) -> Known:
        plain: dict[str, Any] = {
            "reading": Reading("q", ready=5),
            "progress": progress.Progress(begun=7),
            "dead": 0,
            "now": NOW,
        }
        return Known(**{**plain, **more})

    def test_are_none_of_an_empty_queue(self) -> None:
        assert rules.bounds(self.known(reading=Reading("q", ready=0))) == (None, None)

    def test_meet_where_the_broker_shows_the_message(self) -> None:
        reading = Reading("q", ready=5, head_sent_at=NOW - 9)

        assert rules.bounds(self.known(reading=reading)) == (9, 9)

    def test_lie_between_the_last_begun_and_the_last_move(self) -> None:
        told = progress.Progress(begun=7, last_since=NOW - 60, last_begun_at=NOW - 50)
        before = Seen(ready=5, begun=7, unmoved_since=NOW - 40)

        assert rules.bounds(self.known(progress=told, before=before)) == (40, 60)

    def test_know_nothing_from_below_once_something_was_begun(self) -> None:
        before = Seen(ready=5, begun=6, unmoved_since=NOW - 40)

        assert rules.bounds(self.known(before=before)) == (0, None)

    def test_know_that_it_was_empty(self) -> None:
        before = Seen(ready=0, begun=7, empty_at=NOW - 3)

        assert rules.bounds(self.known(before=before)) == (0, 3)

    def test_remember_since_when_nothing_moved(self) -> None:
        first = rules.seen(self.known())
        still = rules.seen(self.known(now=NOW + 9, before=first))
        moved = rules.seen(
            self.known(now=NOW + 9, before=first, progress=progress.Progress(begun=8))
        )

        assert (first.unmoved_since, still.unmoved_since, moved.unmoved_since) == (
            *(NOW, NOW),
            NOW + 9,
        )

    def test_warn_of_what_a_worker_saw_just_now(self) -> None:
        told = progress.Progress(begun=7, last_since=NOW - 900, last_begun_at=NOW - 5, workers=1)
        old = progress.Progress(begun=7, last_since=NOW - 900, last_begun_at=NOW - 90, workers=1)

        assert rules.row(self.known(progress=told)).problems == ("slow",)
        assert rules.row(self.known(progress=old)).problems == ()

    def test_take_rates_of_looks_that_lie_apart(self) -> None:
        looks = [Look(NOW - 30, {}), Look(NOW - 0.2, {})]

        assert rules.choose(looks, NOW) == looks[0]
        before = Seen(ready=1, begun=1)
        assert rules.rates(self.known(before=before, before_at=NOW - 2)) == (5, 3)
        assert rules.rates(self.known(before=before, before_at=NOW - 900)) == (None, None)


class TestTable:
    @pytest.mark.parametrize(
        ("least", "most", "shown"),
        [
            (None, None, "?"),
            (0.0, None, "?"),
            (9.0, 9.0, "9s"),
            (0.0, 61.0, "≤ 1m 1s"),
            (61.0, None, "≥ 1m 1s"),
            (60.0, 720.0, "1m to 12m"),
        ],
    )
    def test_tells_an_age_as_exactly_as_it_is_known(
        self, least: float | None, most: float | None, shown: str
    ) -> None:
        assert queue_table.oldest(a_queue_row(least, most)) == shown

    def test_draws_bars_in_eighths(self) -> None:
        assert [queue_table.bar(part, 96) for part in (0, 1, 8, 12, 96)] == [
            *("", "▏", "█", "█▌"),
            "█" * 12,
        ]

    def test_counts_queues_that_need_a_person(self) -> None:
        rows = [a_queue_row(0, 1), a_queue_row(0, 1)]

        assert queue_table.sentence(Overview(utc_now(), "Redis", rows)) == (
            "2 queues on Redis, 6 ready, 2 dead letters waiting; 2 queues need a person."
        )


class TestSentAt:
    @pytest.mark.parametrize(
        "kept", [b"", b"{", b"[]", b"{}", b'{"body": "e30=", "properties": {}}', b"7"]
    )
    def test_is_unknown_of_what_is_none_of_ours(self, kept: bytes) -> None:
        assert readings.sent_at(kept) is None


def a_queue_row(least: float | None, most: float | None) -> QueueRow:
    return QueueRow(
        id="q",
        ready=3,
        unacked=None,
        consumers=1,
        oldest_at_least_s=least,
        oldest_at_most_s=most,
        last_wait_s=None,
        in_per_s=None,
        out_per_s=None,
        dead=1,
        problems=("dead-letters",),
    )

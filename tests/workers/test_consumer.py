"""The consumer on real brokers: what it delivers once, holds, hands back and buries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import repeat
from typing import Any

import pytest
from django_redis import get_redis_connection
from kombu import Connection
from pytest_django import Settings
from structlog.testing import capture_logs
from typing_extensions import override

from kit import broker, causes, letters, subscriptions
from kit.documents import announce
from tests.conftest import NOON
from tests.gateway.builders import REFUSED_PORT, caches_with
from tests.services import wait_until
from tests.workers.bells import Asleep, Ear, Rang
from tests.workers.conftest import delete, listening
from workers import lanes, topology
from workers.consumer import EventConsumer
from workers.deliveries import REPLAY
from workers.stopping import Stopping

Publish = Callable[..., None]


def an_envelope(tune: str = "taps", **changed: Any) -> dict[str, Any]:
    return {**announce(Rang(at=NOON, tune=tune))[0], **changed}


@pytest.fixture
def publish(on_broker: Connection) -> Publish:
    """Return what puts a body straight into the queue of the context `tests`."""

    def into_queue(body: Any, **headers: Any) -> None:
        written = body if isinstance(body, bytes) else json.dumps(body).encode()
        on_broker.Producer(auto_declare=False).publish(
            written,
            routing_key="events.tests",
            headers=headers,
            content_type="application/json",
            content_encoding="utf-8",
        )

    return into_queue


@pytest.fixture
def second(ear: Ear) -> Iterator[Ear]:
    """Another subscriber of the same context to the same event."""
    other = Second()
    row = subscriptions.Subscription("tests", Rang, other)
    subscriptions.TABLE.append(row)
    yield other
    subscriptions.TABLE.remove(row)


class Second(Ear):
    """A class of its own, as subscribers are told apart by name."""


class Patient(Stopping):
    """Waits equally long each time."""

    @override
    def pauses(self) -> Iterator[float]:
        return repeat(5.0)


def consume_until(
    connection: Connection, is_done: Callable[[], bool], stopping: Stopping | None = None
) -> None:
    consumer = EventConsumer(connection, stopping or Stopping())
    consumer.open()
    try:

        def turned() -> bool:
            consumer.turn(up_to_s=0.05)
            return is_done()

        assert wait_until(turned, within_s=20)
    finally:
        consumer.close()


def buried(connection: Any) -> list[letters.Letter]:
    found = []
    with connection.channel() as channel:
        while message := channel.basic_get("dead.events.tests", no_ack=True):
            found.append(letters.read(message, queue="events.tests"))
    return found


@pytest.mark.waits
class TestWhatIsNoEvent:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"{", "unreadable"),
            (b"[]", "unreadable"),
            ({"id": "1", "key": "bell.rang"}, "unreadable"),
            (an_envelope(data={}), "unreadable"),
            (an_envelope(key="bell.cast"), "unknown-event"),
        ],
        ids=["no-json", "no-object", "no-data", "field-missing", "newer-key"],
    )
    def test_is_buried_at_once_and_untried(
        self, on_broker: Connection, ear: Ear, publish: Publish, body: Any, code: str
    ) -> None:
        publish(body)
        publish(an_envelope("behind"))

        consume_until(on_broker, lambda: ear.heard != [])

        assert ear.heard == ["behind"]
        [letter] = buried(on_broker)
        assert (letter.why.code, letter.why.tries) == (code, 1)
        assert letter.body == (body if isinstance(body, bytes) else json.dumps(body).encode())

    def test_is_told_from_a_subscribers_mistake(
        self, on_broker: Connection, ear: Ear, publish: Publish
    ) -> None:
        ear.failures = [KeyError("tune")] * lanes.TRIES
        publish(an_envelope())
        publish(an_envelope("behind"))

        consume_until(on_broker, lambda: ear.heard != [])

        [letter] = buried(on_broker)
        assert (letter.why.code, letter.why.tries) == ("failed", 3)
        assert "It was raised by the subscriber Ear." in letter.why.traceback

    def test_is_not_what_a_newer_release_added(
        self, on_broker: Connection, ear: Ear, publish: Publish
    ) -> None:
        publish(an_envelope(mood="happy", data={"tune": "x" * 300_000, "volume": 11}))

        consume_until(on_broker, lambda: ear.heard != [])

        assert len(ear.heard[0]) == 300_000
        assert buried(on_broker) == []


@pytest.mark.waits
class TestMemory:
    def test_lets_an_event_that_comes_twice_through_once(
        self, on_broker: Connection, ear: Ear, publish: Publish
    ) -> None:
        twice = an_envelope("twice")
        for body in (twice, twice, an_envelope("behind")):
            publish(body)

        consume_until(on_broker, lambda: "behind" in ear.heard)

        assert ear.heard == ["twice", "behind"]

    def test_outlives_the_process(self, on_broker: Connection, ear: Ear, publish: Publish) -> None:
        body = an_envelope("twice")
        publish(body)
        consume_until(on_broker, lambda: ear.heard != [])
        publish(body)
        publish(an_envelope("behind"))

        consume_until(on_broker, lambda: "behind" in ear.heard)

        assert ear.heard == ["twice", "behind"]

    def test_tries_only_the_subscriber_that_failed_again(
        self, on_broker: Connection, ear: Ear, second: Ear, publish: Publish
    ) -> None:
        ear.failures = [Asleep(), ZeroDivisionError()]
        publish(an_envelope())

        consume_until(on_broker, lambda: ear.heard != [])

        assert (ear.heard, second.heard) == (["taps"], ["taps"])

    def test_lets_a_replayed_letter_reach_only_who_had_not_had_it(
        self, on_broker: Connection, ear: Ear, second: Ear, publish: Publish
    ) -> None:
        ear.failures = [ZeroDivisionError()] * lanes.TRIES
        publish(an_envelope())
        publish(an_envelope("behind"))
        consume_until(on_broker, lambda: ear.heard == ["behind"])
        [letter] = buried(on_broker)

        letters.replay(on_broker.Producer(auto_declare=False), letter)
        consume_until(on_broker, lambda: "taps" in ear.heard)

        assert ear.heard == ["behind", "taps"]
        assert second.heard == ["taps", "behind"]

    def test_stands_aside_for_a_replay_but_not_for_a_message_that_it_sent_twice(
        self, on_broker: Connection, ear: Ear, publish: Publish
    ) -> None:
        body = an_envelope()
        publish(body)
        for _ in range(2):
            publish(body, **{REPLAY: "first"})
        publish(body, **{REPLAY: "second"})
        publish(an_envelope("behind"))

        consume_until(on_broker, lambda: "behind" in ear.heard)

        assert ear.heard == ["taps", "taps", "taps", "behind"]

    def test_is_done_without_while_redis_is_away(
        self,
        on_broker: Connection,
        ear: Ear,
        publish: Publish,
        settings: Settings,
    ) -> None:
        body = an_envelope("twice")
        publish(body)
        publish(body)
        settings.CACHES = caches_with("state", f"redis://127.0.0.1:{REFUSED_PORT}/1")

        with capture_logs() as said:
            consume_until(on_broker, lambda: len(ear.heard) == 2)

        assert ear.heard == ["twice", "twice"]
        assert [line["event"] for line in said].count("delivering without memory") == 1

    def test_ends_by_itself(self, on_broker: Connection, ear: Ear, publish: Publish) -> None:
        body = an_envelope()
        publish(body)

        consume_until(on_broker, lambda: ear.heard != [])

        [key] = get_redis_connection("state").keys("seen:*")
        assert key.decode() == f"seen:tests:Ear:{body['id']}"
        assert get_redis_connection("state").ttl(key) > 0


@pytest.mark.waits
class TestWaiting:
    def test_keeps_the_order_of_its_context_and_holds_up_no_other(
        self, on_broker: Connection, ear: Ear, publish: Publish
    ) -> None:
        other = Second()
        row = subscriptions.Subscription("others", Rang, other)
        subscriptions.TABLE.append(row)
        topology.declare(on_broker)
        ear.failures = [Asleep()] * 4
        for tune in ("1", "2"):
            through_the_exchange(on_broker, tune)
        order: list[str] = []
        ear.heard = other.heard = order

        consume_until(on_broker, lambda: len(order) == 4)
        subscriptions.TABLE.remove(row)
        delete(on_broker, "events.others", "dead.events.others")

        assert order == ["1", "2", "1", "2"]
        assert ear.failures == []

    def test_hands_nothing_back_to_another_context(
        self, on_broker: Connection, ear: Ear, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On Redis kombu puts a message back into every queue its key leads to."""
        monkeypatch.setattr(lanes, "HOLD_S", 0.0)
        other = Second()
        row = subscriptions.Subscription("others", Rang, other)
        subscriptions.TABLE.append(row)
        topology.declare(on_broker)
        ear.failures = [Asleep()]
        for tune in ("1", "2"):
            through_the_exchange(on_broker, tune)

        consume_until(on_broker, lambda: ear.heard == ["1", "2"])
        through_the_exchange(on_broker, "3")
        consume_until(on_broker, lambda: "3" in other.heard)
        subscriptions.TABLE.remove(row)
        delete(on_broker, "events.others", "dead.events.others")

        assert other.heard == ["1", "2", "3"]

    def test_hands_back_and_takes_anew_what_it_held_too_long(
        self,
        on_broker: Connection,
        ear: Ear,
        publish: Publish,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(lanes, "HOLD_S", 0.0)
        ear.failures = [Asleep(), Asleep()]
        for tune in ("1", "2", "3"):
            publish(an_envelope(tune))

        with capture_logs() as said:
            consume_until(on_broker, lambda: len(ear.heard) == 3)

        assert ear.heard == ["1", "2", "3"]
        assert [line["event"] for line in said].count("events handed back") == 2

    @pytest.mark.rabbitmq
    def test_keeps_its_connection(
        self, on_rabbitmq: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(broker, "HEARTBEAT_S", 1)
        rabbit_ear = next(listener := listening(on_rabbitmq))
        with broker.connection() as beating:
            rabbit_ear.failures = [Asleep()]
            on_rabbitmq.Producer(auto_declare=False).publish(
                json.dumps(an_envelope()).encode(), routing_key="events.tests"
            )

            consume_until(beating, lambda: rabbit_ear.heard != [], Patient())

        next(listener, None)
        assert rabbit_ear.heard == ["taps"]


@pytest.mark.waits
class TestCause:
    def test_is_bound_while_a_subscriber_runs(
        self, on_broker: Connection, ear: Ear, publish: Publish
    ) -> None:
        found: list[causes.Cause | None] = []
        body = an_envelope()

        def look(_event: Rang) -> None:
            found.append(causes.current())

        rows = [row for row in subscriptions.TABLE if row.handler is ear]
        subscriptions.TABLE.append(replace(rows[0], handler=look))
        publish(body)
        publish(body, **{REPLAY: "again"})
        consume_until(on_broker, lambda: len(found) == 2)
        subscriptions.TABLE.pop()

        assert found == [
            causes.Cause(body["id"], "look"),
            causes.Cause(f"{body['id']}/again", "look"),
        ]
        assert causes.current() is None


def through_the_exchange(connection: Connection, tune: str) -> None:
    connection.Producer(auto_declare=False).publish(
        json.dumps(an_envelope(tune)).encode(),
        exchange=topology.EVENTS,
        routing_key=Rang.key,
        content_type="application/json",
        content_encoding="utf-8",
    )

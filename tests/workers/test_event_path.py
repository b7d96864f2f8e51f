"""Outbox → relay → exchange → consumer → subscriber, the same on RabbitMQ and on Redis."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from kombu import Connection

from apps.streams.documents.broadcasts import Broadcast
from apps.streams.events import BroadcastCancelled
from kit import broker, request_ids
from tests.conftest import NOON
from tests.services import wait_until
from tests.workers.bells import Asleep, Ear, Rang, a_document_that_announces
from workers import consumer, lanes, publishers, relay, topology
from workers.stopping import Stopping


@pytest.mark.waits
class TestEventPath:
    def test_carries_an_event_to_its_subscriber_once(
        self, on_broker: Connection, ear: Ear
    ) -> None:
        broadcast = a_document_that_announces("reveille")

        relayed = relay_once()
        deliver_until(on_broker, lambda: ear.heard != [])

        assert relayed == 1
        assert ear.heard == ["reveille"]
        assert Broadcast.objects.get(id=broadcast).outbox == []
        assert relay_once() == 0

    def test_keeps_the_order_of_one_document(self, on_broker: Connection, ear: Ear) -> None:
        a_document_that_announces(*(str(number) for number in range(20)))

        relay_once()
        deliver_until(on_broker, lambda: len(ear.heard) == 20)

        assert ear.heard == [str(number) for number in range(20)]

    def test_carries_the_request_id(self, on_broker: Connection, ear: Ear) -> None:
        request_ids.bind("from-the-phone")
        a_document_that_announces("taps")

        relay_once()
        request_ids.bind("another")
        deliver_until(on_broker, lambda: ear.heard != [])

        assert ear.request_ids == ["from-the-phone"]

    def test_holds_an_event_until_what_it_needs_is_back(
        self, on_broker: Connection, ear: Ear
    ) -> None:
        ear.failures = [Asleep(), Asleep()]
        a_document_that_announces("reveille")

        relay_once()
        deliver_until(on_broker, lambda: ear.heard != [])

        assert ear.heard == ["reveille"]
        assert dead_letters(on_broker) == []

    def test_buries_what_a_subscriber_cannot_take_with_its_reason(
        self, on_broker: Connection, ear: Ear
    ) -> None:
        ear.failures = [ZeroDivisionError("no such tune")] * lanes.TRIES
        a_document_that_announces("noise", "taps")

        relay_once()
        deliver_until(on_broker, lambda: ear.heard != [])

        assert ear.heard == ["taps"]
        [(body, headers)] = dead_letters(on_broker)
        assert body["data"] == {"tune": "noise"}
        assert headers["letter_reason"] == "ZeroDivisionError: no such tune"
        assert "no such tune" in headers["letter_traceback"]

    def test_buries_a_message_that_is_no_event(self, on_broker: Connection, ear: Ear) -> None:
        with on_broker.channel() as channel:
            on_broker.Producer(channel).publish(
                b"{",
                exchange=topology.EVENTS,
                routing_key=Rang.key,
                content_type="application/json",
            )
        a_document_that_announces("taps")

        relay_once()
        deliver_until(on_broker, lambda: ear.heard != [])

        assert ear.heard == ["taps"]
        assert broker_depth("dead.events.tests") == 1

    def test_says_how_much_waits(self, on_broker: Connection, ear: Ear) -> None:
        a_document_that_announces("one", "two")

        relay_once()

        assert wait_until(lambda: broker_depth("events.tests") == 2, within_s=15)


def relay_once() -> int:
    with broker.connection(confirm_each=False) as connection:
        return relay.Relay(publishers.on(connection), rest_s=(0, 0)).once()


def deliver_until(connection: Connection, is_done: Callable[[], bool]) -> None:
    """Run the consumer's own loop until it is done."""
    consuming = consumer.EventConsumer(connection, Stopping())
    consuming.open()

    def turned() -> bool:
        consuming.turn(up_to_s=0.1)
        return is_done()

    assert wait_until(turned, within_s=20)
    consuming.close()


def opened_channel(connection: Any) -> Any:
    """Return a channel; its class depends on the transport, and kombu's stubs name neither."""
    return connection.channel()


def dead_letters(connection: Connection) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    found = []
    with opened_channel(connection) as channel:
        while message := channel.basic_get("dead.events.tests", no_ack=True):
            body = message.body
            found.append((json.loads(body), dict(message.headers)))
    return found


def broker_depth(name: str) -> int:
    return next(depth.ready for depth in broker.depths() if depth.name == name)


def test_every_event_of_the_project_reads_what_it_writes() -> None:
    written = BroadcastCancelled(
        at=NOON, broadcast_id="b", creator_id="c", title="t", cancelled_by="c"
    )

    assert BroadcastCancelled.read(json.loads(json.dumps(written.envelope()))) == written

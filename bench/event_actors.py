"""The processes of `events.path`: `bench.on_django bench.event_actors ROLE EVENTS DOCUMENTS`.

Each prepares a round when told to, then does it and answers the moment that counts:
CLOCK_MONOTONIC, which the processes of one machine share.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final, Protocol

from kombu import Connection, Consumer, Message, Queue
from mongoengine import fields
from typing_extensions import override

from bench.processes import obey
from kit import broker, subscriptions
from kit.documents import Announcing, announce
from kit.events import Event
from kit.ids import new_id
from workers import consumer, publishers, relay, topology
from workers.stopping import Stopping

CONTEXT: Final = "bench"
RAW_QUEUE: Final = "bench.raw"
ENOUGH_S: Final = 110.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Rang(Event):
    """An event of the usual size that no context listens to."""

    key: ClassVar[str] = "bench.rang"
    broadcast_id: str
    creator_id: str
    title: str
    number: int


class BenchBell(Announcing):
    """A document with an outbox, in a collection of its own."""

    title = fields.StringField()

    meta = {"collection": "bench_bells"}


class Actor(Protocol):
    def prepare(self) -> None: ...

    def go(self) -> float:
        """Do one round; return when it began (who gives) or ended (who takes)."""
        ...

    def clear(self) -> None:
        """Leave nothing behind on a broker that may be somebody else's."""
        ...


class Relay:
    """Empties outboxes as `manage.py relay` does."""

    def __init__(self, connection: Connection, events: int, documents: int) -> None:
        self._events, self._documents = events, documents
        topology.declare(connection)
        self._relay = relay.Relay(publishers.on(connection))

    def prepare(self) -> None:
        collection = BenchBell._get_collection()  # noqa: SLF001
        collection.drop()
        collection.create_index("outbox.id")
        each = range(self._events // self._documents)
        collection.insert_many(
            {"_id": new_id(), "title": "Bell", "outbox": announce(*map(an_event, each))}
            for _ in range(self._documents)
        )

    def go(self) -> float:
        began = time.monotonic()
        left = self._events
        while left > 0:
            left -= self._relay.once()
        return began

    def clear(self) -> None:
        BenchBell.drop_collection()


class Taker:
    """Drains a connection until all events of the round have come."""

    def __init__(self, connection: Connection, events: int, queue: Queue) -> None:
        self._connection, self._events, self._queue = connection, events, queue
        self._channel = connection.channel()
        bound = queue(self._channel)
        bound.declare()
        bound.purge()
        self._left, self._ended = 0, 0.0

    def prepare(self) -> None:
        self._left = self._events

    def count(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            self._ended = time.monotonic()

    def go(self) -> float:
        deadline = time.monotonic() + ENOUGH_S
        while self._left > 0:
            if time.monotonic() > deadline:
                raise SystemExit(f"{self._left} events did not come within {ENOUGH_S:.0f} s")
            self.drain()
        return self._ended

    def drain(self) -> None:
        with suppress(TimeoutError):
            self._connection.drain_events(timeout=1.0)

    def clear(self) -> None:
        # on a connection of its own: the one that consumes is told of its queue's end
        with broker.connection() as connection:
            channel = connection.channel()
            for queue in (self._queue, Queue(broker.dead_queue(self._queue.name))):
                queue(channel).delete()


class Subscriber(Taker):
    """Hands events to a subscriber as `manage.py consumer` does."""

    def __init__(self, connection: Connection, events: int, _documents: int) -> None:
        subscriptions.TABLE[:] = [subscriptions.Subscription(CONTEXT, Rang, self.count)]
        topology.declare(connection)
        super().__init__(connection, events, topology.event_queues()[CONTEXT])
        self._consumer = consumer.EventConsumer(connection, Stopping())
        self._consumer.open()

    @override
    def drain(self) -> None:
        self._consumer.turn()


class KombuConsumer(Taker):
    """Takes and acknowledges messages, and does nothing with them."""

    def __init__(self, connection: Connection, events: int, _documents: int) -> None:
        super().__init__(connection, events, _raw_queue())
        Consumer(
            self._channel,
            queues=[self._queue],
            on_message=self._take,
            prefetch_count=consumer.PREFETCH,
        ).consume()

    def _take(self, message: Message) -> None:
        message.ack()
        self.count()


class KombuProducer:
    """Publishes bodies of the same size, each confirmed."""

    def __init__(self, connection: Connection, events: int, _documents: int) -> None:
        self._events = events
        self._producer = connection.Producer(auto_declare=False)
        self._bodies: list[bytes] = []

    def prepare(self) -> None:
        self._bodies = [
            json.dumps(an_event(number).envelope(), separators=(",", ":")).encode()
            for number in range(self._events)
        ]

    def go(self) -> float:
        began = time.monotonic()
        for body in self._bodies:
            self._producer.publish(
                body,
                routing_key=RAW_QUEUE,
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=2,
            )
        return began

    def clear(self) -> None:
        """What it gave was taken."""


def _raw_queue() -> Queue:
    return Queue(RAW_QUEUE, queue_arguments={"x-queue-type": "quorum"})


def an_event(number: int) -> Rang:
    return Rang(
        at=datetime.now(UTC),
        request_id=new_id(),
        broadcast_id=new_id(),
        creator_id=new_id(),
        title="Sunset from the harbour, with the band",
        number=number,
    )


ROLES: Final[dict[str, Callable[[Connection, int, int], Actor]]] = {
    "relay": Relay,
    "consumer": Subscriber,
    "kombu-producer": KombuProducer,
    "kombu-consumer": KombuConsumer,
}


def main(role: str, events: str, documents: str) -> None:
    # the product's relay alone waits for the confirms of many at once
    with broker.connection(confirm_each=role != "relay") as connection:
        connection.ensure_connection(max_retries=1, timeout=broker.CONNECT_S)
        actor = ROLES[role](connection, int(events), int(documents))
        try:
            obey({"prepare": actor.prepare, "go": actor.go})
        finally:
            actor.clear()

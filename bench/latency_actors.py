"""The processes of `relay.latency_p95_ms`: `bench.on_django bench.latency_actors ROLE EVENTS`.

Who gives answers when each event was given, who takes when each came: CLOCK_MONOTONIC in seconds,
by number. Events are given one at a time with pauses, so that each finds an idle system.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from django.conf import settings
from kombu import Connection, Consumer, Message, Queue
from pymongo import monitoring
from typing_extensions import override

from bench.event_actors import CONTEXT, BenchBell, Rang, an_event
from bench.processes import obey
from kit import broker, mongo, subscriptions
from kit.documents import announce
from kit.ids import new_id
from workers import consumer, relay, topology
from workers.stopping import Stopping

RAW_QUEUE: Final = "bench.latency"
PAUSE_S: Final = (0.02, 0.08)
ENOUGH_S: Final = 60.0


class Actor(Protocol):
    def go(self) -> list[float]: ...

    def clear(self) -> None:
        """Leave nothing behind on servers that may be somebody else's."""
        ...


class Commits(monitoring.CommandListener):
    """When the document server answered the last write; told before the product's own listener."""

    def __init__(self) -> None:
        self.at = 0.0

    @override
    def started(self, event: monitoring.CommandStartedEvent) -> None: ...

    @override
    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self.at = time.monotonic()

    @override
    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


class Writer:
    """Changes a document and announces it in the same write, as every context does."""

    def __init__(self, _connection: Connection, events: int, commits: Commits) -> None:
        self._events, self._commits = events, commits
        self._bells = BenchBell._get_collection()  # noqa: SLF001
        self._bells.drop()
        self._bells.create_index("outbox.id")

    def go(self) -> list[float]:
        bell = new_id()
        self._bells.insert_one({"_id": bell, "title": "Bell"})
        given = []
        for number in range(self._events):
            _pause()
            change = {"$push": {"outbox": announce(an_event(number))[0]}}
            self._bells.update_one({"_id": bell}, change)
            given.append(self._commits.at)
        return given

    def clear(self) -> None:
        self._bells.drop()


class LiveRelay:
    """`manage.py relay`, in a thread of this process."""

    def __init__(self, _connection: Connection, _events: int, _commits: Commits) -> None:
        # consumers of a context that is not here: the relay must know that its queue is there
        subscriptions.TABLE[:] = [subscriptions.Subscription(CONTEXT, Rang, _nobody)]
        self._stopping = Stopping()
        self._thread = threading.Thread(target=relay.run, args=[self._stopping])
        self._thread.start()

    def go(self) -> list[float]:
        return []

    def clear(self) -> None:
        self._stopping.ask()
        self._thread.join()


class Taker:
    """Notes when each event of the round came."""

    def __init__(self, connection: Connection, events: int, _commits: Commits) -> None:
        self._connection, self._events = connection, events
        self._came: dict[int, float] = {}
        self._queue = self._open()

    def go(self) -> list[float]:
        deadline = time.monotonic() + ENOUGH_S
        while len(self._came) < self._events:
            if time.monotonic() > deadline:
                raise SystemExit(f"only {len(self._came)} events came within {ENOUGH_S:.0f} s")
            self._drain()
        came = [self._came[number] for number in range(self._events)]
        self._came.clear()
        return came

    def clear(self) -> None:
        # on a connection of its own: the one that consumes is told of its queue's end
        with broker.connection() as connection:
            channel = connection.channel()
            for name in (self._queue.name, broker.dead_queue(self._queue.name)):
                Queue(name)(channel).delete()

    def _note(self, number: int) -> None:
        self._came[number] = time.monotonic()

    def _open(self) -> Queue:
        queue = Queue(RAW_QUEUE, queue_arguments={"x-queue-type": "quorum"})
        bound = queue(self._connection.channel())
        bound.declare()
        bound.purge()
        Consumer(
            self._connection.channel(),
            queues=[queue],
            on_message=self._take,
            prefetch_count=consumer.PREFETCH,
        ).consume()
        return queue

    def _take(self, message: Message) -> None:
        self._note(json.loads(message.body or b"")["data"]["number"])
        message.ack()

    def _drain(self) -> None:
        with suppress(TimeoutError):
            self._connection.drain_events(timeout=1.0)


class Subscriber(Taker):
    """Hears events from the consumer, as `manage.py consumer` runs it."""

    @override
    def _open(self) -> Queue:
        def hear(event: Rang) -> None:
            self._note(event.number)

        subscriptions.TABLE[:] = [subscriptions.Subscription(CONTEXT, Rang, hear)]
        topology.declare(self._connection)
        queue = topology.event_queues()[CONTEXT]
        queue(self._connection.channel()).purge()
        self._consumer = consumer.EventConsumer(self._connection, Stopping())
        self._consumer.open()
        return queue

    @override
    def _drain(self) -> None:
        self._consumer.turn()


class KombuProducer:
    """Publishes bodies of the same size, each confirmed."""

    def __init__(self, connection: Connection, events: int, _commits: Commits) -> None:
        self._events = events
        self._producer = connection.Producer(auto_declare=False)

    def go(self) -> list[float]:
        given = []
        for number in range(self._events):
            body = json.dumps(an_event(number).envelope(), separators=(",", ":")).encode()
            _pause()
            given.append(time.monotonic())
            self._producer.publish(
                body,
                routing_key=RAW_QUEUE,
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=2,
            )
        return given

    def clear(self) -> None:
        """What it gave was taken."""


def _pause() -> None:
    time.sleep(random.uniform(*PAUSE_S))  # noqa: S311 (keeps out of step with what polls)


def _nobody(_event: Any) -> None:
    """Stands for a subscriber in another process."""


ROLES: Final[dict[str, Callable[[Connection, int, Commits], Actor]]] = {
    "writer": Writer,
    "relay": LiveRelay,
    "subscriber": Subscriber,
    "kombu-producer": KombuProducer,
    "kombu-consumer": Taker,
}


def main(role: str, events: str) -> None:
    commits = Commits()
    monitoring.register(commits)
    mongo.connect(settings.MONGODB_URL)  # a client knows the listeners of when it was made
    with broker.connection() as connection:
        connection.ensure_connection(max_retries=1, timeout=broker.CONNECT_S)
        actor = ROLES[role](connection, int(events), commits)
        try:
            obey({"ready": lambda: True, "go": actor.go})
        finally:
            actor.clear()

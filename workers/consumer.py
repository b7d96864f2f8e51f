"""One process: topic exchange in, subscribers out. `manage.py consumer`.

A message is acknowledged after its last subscriber returned. What fails for a passing reason is
held and tried until it passes, while other contexts go on; what fails otherwise, or is no event,
goes to the dead letters, with why.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import structlog
from kombu import Connection, Consumer, Message, Queue

from kit import broker, letters
from kit.letters import Why
from kit.liveness import show_life
from workers import topology
from workers.deliveries import Delivery
from workers.lanes import Lane, Outcome
from workers.stopping import Due, Stopping

log = structlog.get_logger()

PREFETCH: Final = 50
DRAIN_S: Final = 1.0
LIFE_S: Final = 5.0


def deliver(context: str, envelope: dict[str, Any]) -> None:
    """Hand one event to every subscriber of a context, whoever had it before.

    Raises:
        Unfit: it is no event, or none this context knows.
        Exception: what a subscriber raised.

    """
    Delivery(context, envelope).attempt()


class EventConsumer:
    """Delivers the messages of every context's queue on one connection.

    It reads from the connection between any two attempts, also while something is waited for:
    a connection of which nobody reads loses its heartbeat.
    """

    def __init__(self, connection: Connection, stopping: Stopping) -> None:
        self._connection = connection
        self._stopping = stopping
        self._lanes: list[tuple[Lane, Queue]] = []
        self._consumers: dict[str, Consumer] = {}

    def open(self) -> None:
        """Take messages from now on; they stay here until `turn` works on them."""
        for context, queue in topology.event_queues().items():
            lane = Lane(context, self._stopping.pauses)
            self._lanes.append((lane, queue))
            self._consume(lane, queue)

    def turn(self, *, up_to_s: float = DRAIN_S) -> None:
        """Wait for something to do, then make one attempt in each context that has something.

        Raises:
            broker.AWAY: the connection is gone; what was not acknowledged comes again.

        """
        soonest = min(
            (wait for lane, _ in self._lanes if (wait := lane.ready_in_s) is not None),
            default=up_to_s,
        )
        with suppress(TimeoutError):
            self._connection.drain_events(timeout=min(soonest, up_to_s))
        self._connection.heartbeat_check()
        for lane, queue in self._lanes:
            if lane.ready_in_s == 0 and not self._stopping:
                self._work(lane, queue)

    def close(self) -> None:
        """Hand back what was not worked on, in order."""
        for consumer in self._consumers.values():
            _hand_back(consumer)

    def _work(self, lane: Lane, queue: Queue) -> None:
        def bury(message: Message, why: Why) -> None:
            with self._connection.channel() as channel:
                producer = self._connection.Producer(channel)
                letters.bury(producer, message, queue=queue.name, why=why)

        if lane.work(bury) is Outcome.HELD_TOO_LONG:
            log.warning("events handed back", context=lane.context)
            _hand_back(self._consumers[lane.context])
            lane.clear()
            self._consume(lane, queue)

    def _consume(self, lane: Lane, queue: Queue) -> None:
        consumer = Consumer(
            self._connection.channel(),
            queues=[queue],
            # not `callbacks`: they decode first, and a body that is no JSON raises
            on_message=lane.receive,
            prefetch_count=PREFETCH,
            auto_declare=False,
        )
        self._consumers[lane.context] = consumer
        consumer.consume()


def run(stopping: Stopping) -> None:
    """Consume until asked to stop; a broker that is away is waited for."""
    pauses = stopping.pauses()
    while not stopping:
        try:
            with broker.connection() as connection:
                connection.ensure_connection(max_retries=1, timeout=broker.CONNECT_S)
                topology.declare(connection)
                pauses = stopping.pauses()
                _consume_on(connection, stopping)
        except broker.AWAY as away:
            log.warning("consumer waits", error=str(away)[:200])
            stopping.wait(next(pauses))


def _consume_on(connection: Connection, stopping: Stopping) -> None:
    consumer = EventConsumer(connection, stopping)
    consumer.open()
    log.info("consumer ready")
    life = Due(LIFE_S)
    while not stopping:
        if life.is_over():
            show_life("consumer")
        consumer.turn()
    consumer.close()


def _hand_back(consumer: Any) -> None:
    """Close its channel: brokers put what was unacknowledged back to where it was."""
    consumer.cancel()
    consumer.channel.close()

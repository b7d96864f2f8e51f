"""Makes a broker look like `workers.topology`, messages kept: `manage.py broker_sync`.

RabbitMQ changes no argument of a queue that exists. So its messages move to a staging queue, which
takes its place at the exchange meanwhile; the queue is deleted, declared anew and filled from the
staging queue. Every step may be repeated: a run that was cut off is finished by the next one, and
what was between two queues then is delivered twice, never lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kombu import Connection, Exchange, Queue, binding
from kombu.transport import native_delayed_delivery as delayed

from kit import broker
from kit.errors import Conflict
from kit.events import every_event
from workers import topology
from workers.amqp_broker import AmqpBroker, bindings_of

STAGING: Final = "moving."
# How often progress is told while messages move.
TELL_EVERY: Final = 500
Tell = Callable[[str], None]


class QueueInUse(Conflict):
    code = "queue-in-use"
    sentence = (
        "{name} has {consumers} consumers, who hold messages. Stop the processes that consume "
        "from it (SIGTERM hands back what they hold), then run this again."
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between table and broker.

    verb: create | rebuild | finish (a rebuild that was cut off) | remove (retired and empty) |
    keep (retired, not empty: somebody must look). messages: how many would move.
    """

    verb: str
    name: str
    why: str
    messages: int = 0


class BrokerSync:
    """Compares the table with one broker, and changes the broker."""

    def __init__(self, connection: Connection, tell: Tell = lambda _: None) -> None:
        self._broker = AmqpBroker(connection)
        self._connection = connection
        self._tell = tell

    def plan(self) -> list[Change]:
        """Return what differs, in the order it would be changed. Changes nothing."""
        if not broker.is_amqp():
            return []  # lists in Redis have names and nothing else
        found = [
            *(self._compare_exchange(one) for one in topology.EXCHANGES),
            *(self._compare_queue(one) for one in topology.queues()),
            *(self._compare_retired(name) for name in topology.RETIRED),
        ]
        return [change for change in found if change]

    def apply(self) -> list[Change]:
        """Make the broker like the table; return what was changed.

        Raises:
            QueueInUse: a queue to rebuild has consumers; what was done before stays done.

        """
        planned = self.plan()
        queues = {one.name: one for one in topology.queues()}
        for change in planned:
            self._tell(f"{change.verb} {change.name}")
            if change.verb == "remove":
                self._broker.delete_queue(change.name)
            elif change.verb == "rebuild" and change.name not in queues:
                self._broker.delete_exchange(change.name)  # `declare` brings its bindings back
            elif change.verb in {"rebuild", "finish"}:
                self._rebuild(queues[change.name])
        topology.declare(self._connection)
        if broker.is_amqp():
            self._unbind_unwanted()
            _declare_delays(self._connection)
        return planned

    def _compare_exchange(self, exchange: Exchange) -> Change | None:
        if not self._broker.has_exchange(exchange):
            return Change("create", exchange.name, "missing")
        why = self._broker.differs(exchange)
        return Change("rebuild", exchange.name, why) if why else None

    def _compare_queue(self, queue: Queue) -> Change | None:
        staged = self._broker.count(f"{STAGING}{queue.name}")
        if staged is not None:
            return Change("finish", queue.name, "an earlier run was cut off", staged.messages)
        found = self._broker.count(queue.name)
        if found is None:
            return Change("create", queue.name, "missing")
        why = self._broker.differs(queue)
        return Change("rebuild", queue.name, why, found.messages) if why else None

    def _compare_retired(self, name: str) -> Change | None:
        found = self._broker.count(name)
        if found is None:
            return None
        if found.messages or found.consumers:
            return Change("keep", name, "retired, not empty", found.messages)
        return Change("remove", name, "retired")

    def _rebuild(self, queue: Queue) -> None:
        staging = _staging_of(queue)
        found = self._broker.count(queue.name)
        if found is not None and self._broker.differs(queue):
            if found.consumers:
                raise QueueInUse(name=queue.name, consumers=found.consumers)
            self._broker.declare(staging)
            self._broker.unbind(queue)
            self._move(queue.name, staging.name)
            self._broker.delete_queue(queue.name)
        self._broker.declare(queue)
        self._broker.unbind(staging)
        self._move(staging.name, queue.name)
        self._broker.delete_queue(staging.name)

    def _move(self, source: str, target: str) -> None:
        moved = 0
        for moved in self._broker.move(source, target):
            if moved % TELL_EVERY == 0:
                self._tell(f"{moved} messages moved from {source} to {target}")
        self._tell(f"{moved} messages moved from {source} to {target}")

    def _unbind_unwanted(self) -> None:
        """Take away bindings of events that a context no longer wants."""
        keys = {kind.key for kind in every_event()}
        for queue in topology.event_queues().values():
            wanted = {key for _, key in bindings_of(queue)}
            self._broker.unbind_keys(queue.name, topology.EVENTS.name, sorted(keys - wanted))


def _staging_of(queue: Queue) -> Queue:
    return Queue(
        f"{STAGING}{queue.name}",
        bindings=[binding(exchange, routing_key=key) for exchange, key in bindings_of(queue)],
        queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": topology.NO_LIMIT},
    )


def _declare_delays(connection: Connection) -> None:
    """Declare the queues in which Celery's countdowns wait, before the first worker does."""
    delayed.declare_native_delayed_delivery_exchanges_and_queues(connection, "quorum")
    for queue in topology.task_queues():
        delayed.bind_queue_to_native_delayed_delivery_exchange(connection, queue)

"""The broker as everyone sees it: a connection with deadlines, and how much waits in it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from amqp.exceptions import AccessRefused, AMQPError, NotAllowed
from django.conf import settings
from kombu import Connection
from kombu import Producer as KombuProducer
from kombu.exceptions import OperationalError
from redis.exceptions import AuthenticationError, RedisError
from typing_extensions import override

from kit import redis_broker, subscriptions
from kit.errors import Invalid, Unavailable

CONNECT_S: Final = 3
HEARTBEAT_S: Final = 30
DEAD_EXCHANGE: Final = "showrunner.dead"
# What one publish may take, its confirm included; a blocked broker gives none.
CONFIRM_S: Final = 3.0
# Tasks and events carry ids; whoever sends more wants a document or a file.
MAX_PAYLOAD_BYTES: Final = 256 * 1024
# A message handed out this often and never finished kills what works on it.
DELIVERY_LIMIT: Final = 10
# Of two levels in quorum queues from RabbitMQ 4.0 on; earlier ones ignore it.
URGENT: Final = 9
# No queue of its own: where events go that the relay cannot publish.
RELAY: Final = "relay"
# Everything a broker that is away, or goes away, raises.
AWAY: Final = (OperationalError, AMQPError, RedisError, OSError)
# It is there and says no: waiting mends nothing.
REFUSED: Final = (AccessRefused, NotAllowed, AuthenticationError)


class BrokerDown(Unavailable):
    code = "broker-unavailable"
    sentence = "The broker does not answer."


class PayloadTooLarge(Invalid):
    code = "payload-too-large"
    sentence = "{name} would carry {size_bytes} bytes; {limit_bytes} are the most."


class Unroutable(OperationalError):
    """No queue took the message: the topology lacks one. `manage.py broker_sync` mends that."""


class Producer(KombuProducer):
    """Publishes with confirms, and knows a message that no queue took.

    kombu's takes the first confirm it sees for its own. So a message that came back must not end
    the wait for its confirm, and a connection whose confirm is late must not publish again.
    """

    _returned: str = ""

    @override
    def _publish(self, *args: Any, **kwargs: Any) -> Any:
        self._listen_for_returns()
        try:
            published = super()._publish(*args, **kwargs)
        except TimeoutError:
            if self.connection is not None:
                self.connection.collect()
            raise
        if self._returned:
            raise Unroutable(self._returned)
        return published

    def _listen_for_returns(self) -> None:
        self._returned = ""
        returns = getattr(self.channel, "events", None)
        if returns is not None:  # Redis never returns a message
            returns["basic_return"].add(self._keep_return)

    def _keep_return(self, _: Exception, exchange: str, routing_key: str, __: object) -> None:
        self._returned = (
            f"No queue is bound to {exchange or 'the default exchange'} for {routing_key}."
        )


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How many messages a queue holds ready for somebody."""

    name: str
    ready: int


class _Connection(redis_broker.Connection):
    """Says goodbye only where all went well: a broker out of disk answers none."""

    @override
    def __exit__(self, *failure: object) -> None:
        if failure == (None, None, None):
            self.release()
        else:
            self.collect()


def connection(*, confirm_each: bool = True) -> Connection:
    """Return a connection, not yet opened, whose every step has a deadline.

    Without `confirm_each` a publish on RabbitMQ returns before it is confirmed: for the relay,
    which waits for the confirms of many at once.
    """
    options = dict(settings.CELERY["broker_transport_options"])
    if not confirm_each:
        options.pop("confirm_publish", None)
    return _Connection(
        settings.CELERY["broker_url"],
        connect_timeout=CONNECT_S,
        heartbeat=HEARTBEAT_S if is_amqp() else 0,
        transport_options=options,
    )


def keep_alive(connection: Connection) -> None:
    """Read what the broker sent and send our heartbeat; for who publishes and seldom reads.

    A connection of which nothing is read counts as dead after two heartbeats, by our own clock.

    Raises:
        AWAY: it is dead.

    """
    if not connection.heartbeat:
        return
    with suppress(TimeoutError):
        connection.drain_events(timeout=0.001)
    connection.heartbeat_check()


def is_amqp() -> bool:
    """Tell RabbitMQ from the embedded Redis, whose queues have no arguments."""
    return bool(settings.CELERY["broker_url"].startswith("amqp"))


def pool_of(task: str) -> str:
    """Return the queue of a task: the pool its name starts with, or the default one."""
    found = (pool for pool in settings.WORKER_POOLS if task.startswith(f"{pool}."))
    return next(found, "default")


def event_queue(context: str) -> str:
    return f"events.{context}"


def dead_queue(name: str) -> str:
    return f"dead.{name}"


def queue_names() -> list[str]:
    """Return every queue work waits in, and the dead letters of each."""
    working = [*settings.WORKER_POOLS, *map(event_queue, sorted(subscriptions.contexts()))]
    return [*working, *map(dead_queue, (*working, RELAY))]


def depths() -> list[QueueDepth]:
    """Count what is ready in each queue; a queue that does not exist yet holds nothing.

    Raises:
        BrokerDown: nobody answered within CONNECT_S.

    """
    try:
        with connection() as opened:
            opened.ensure_connection(max_retries=1, timeout=CONNECT_S)
            return [QueueDepth(name, _count(opened, name)) for name in queue_names()]
    except AWAY as down:
        raise BrokerDown from down


def _count(opened: Any, name: str) -> int:
    with opened.channel() as channel:
        try:
            return int(channel.queue_declare(queue=name, passive=True).message_count)
        except opened.channel_errors:
            return 0

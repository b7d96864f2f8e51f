"""The broker as everyone sees it: a connection with deadlines, and how much waits in it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from amqp.exceptions import AMQPError
from django.conf import settings
from kombu import Connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from kit import subscriptions
from kit.errors import Unavailable

CONNECT_S: Final = 3
HEARTBEAT_S: Final = 30
DEAD_EXCHANGE: Final = "showrunner.dead"
# No queue of its own: where events go that the relay cannot publish.
RELAY: Final = "relay"
# Everything a broker that is away, or goes away, raises.
AWAY: Final = (OperationalError, AMQPError, RedisError, OSError)


class BrokerDown(Unavailable):
    code = "broker-unavailable"
    sentence = "The broker does not answer."


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How many messages a queue holds ready for somebody."""

    name: str
    ready: int


def connection(*, confirm_each: bool = True) -> Connection:
    """Return a connection, not yet opened, whose every step has a deadline.

    Without `confirm_each` a publish on RabbitMQ returns before it is confirmed: for the relay,
    which waits for the confirms of many at once.
    """
    broker_url = settings.CELERY["broker_url"]
    options = dict(settings.CELERY["broker_transport_options"])
    if not confirm_each:
        options.pop("confirm_publish", None)
    return Connection(
        broker_url,
        connect_timeout=CONNECT_S,
        heartbeat=HEARTBEAT_S if broker_url.startswith("amqp") else 0,
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

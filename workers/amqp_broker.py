"""Single acts on RabbitMQ over plain AMQP, as an operator would do them one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from amqp.exceptions import NotFound, PreconditionFailed
from kombu import Connection, Exchange, Message, Queue

from kit import broker, letters
from workers import topology

HELD_AT_ONCE: Final = 50
SILENCE_S: Final = 1.0
KEPT_PROPERTIES: Final = frozenset(
    {"priority", "correlation_id", "reply_to", "message_id", "timestamp", "type", "app_id"}
)


@dataclass(frozen=True, slots=True)
class Count:
    """What lies ready in a queue, and how many consume from it."""

    messages: int
    consumers: int


class AmqpBroker:
    """Single acts on a broker, each on a channel of its own: RabbitMQ closes one with every no."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Any = connection  # kombu's stubs know no channel

    def count(self, name: str) -> Count | None:
        """Return what is in a queue, or None where there is none."""
        try:
            with self._channel() as channel:
                found = channel.queue_declare(queue=name, passive=True)
        except NotFound:
            return None
        return Count(found.message_count, found.consumer_count)

    def has_exchange(self, exchange: Exchange) -> bool:
        try:
            with self._channel() as channel:
                channel.exchange_declare(exchange.name, exchange.type, passive=True)
        except NotFound:
            return False
        return True

    def differs(self, entity: Exchange | Queue) -> str:
        """Return the broker's words on what differs in one that exists, or nothing."""
        try:
            with self._channel() as channel:
                bound: Any = entity(channel)
                if isinstance(entity, Queue):
                    bound.queue_declare()
                else:
                    bound.declare()
        except PreconditionFailed as refused:
            return str(refused.reply_text)
        return ""

    def declare(self, queue: Queue) -> None:
        with self._channel() as channel:
            queue(channel).declare()
            for exchange, key in bindings_of(queue):
                channel.queue_bind(queue.name, exchange.name, key)

    def unbind(self, queue: Queue) -> None:
        for exchange, key in bindings_of(queue):
            self.unbind_keys(queue.name, exchange.name, [key])

    def unbind_keys(self, queue: str, exchange: str, keys: list[str]) -> None:
        with self._channel() as channel:
            for key in keys:
                channel.queue_unbind(queue, exchange, key)

    def move(self, source: str, target: str) -> Iterator[int]:
        """Hand every message on, each taken away after the broker has it anew; count them."""
        with self._channel() as channel:
            producer = broker.Producer(channel)
            for moved, message in enumerate(self.drain(source), start=1):
                _forward(producer, message, target)
                yield moved

    def drain(self, name: str) -> Iterator[Message]:
        """Yield each message of a queue nobody else consumes from; it is gone once used.

        With a consumer, as quorum queues with a single active one refuse to be asked (basic.get).
        """
        waiting: deque[Any] = deque()
        with self._channel() as channel:
            channel.basic_qos(0, HELD_AT_ONCE, False)  # noqa: FBT003 (AMQP's a_global)
            tag = channel.basic_consume(name, callback=waiting.append)
            while waiting or self._brings(name, waiting):
                message = waiting.popleft()
                yield channel.message_to_python(message)
                channel.basic_ack(message.delivery_tag)
            channel.basic_cancel(tag)

    def _brings(self, name: str, waiting: deque[Any]) -> bool:
        """Wait until something was delivered; say no once the queue is empty.

        Only after a silence: what is on its way counts as ready no more, and would be lost with
        the queue.
        """
        while not waiting:
            try:
                self._connection.drain_events(timeout=SILENCE_S)
            except TimeoutError:
                found = self.count(name)
                if found is None or not found.messages:
                    return bool(waiting)
        return True

    def delete_queue(self, name: str) -> None:
        """Delete a queue that was emptied and unbound: quorum queues refuse `if-empty`."""
        with self._channel() as channel:
            channel.queue_delete(name)

    def delete_exchange(self, name: str) -> None:
        with self._channel() as channel:
            channel.exchange_delete(name)

    @contextmanager
    def _channel(self) -> Iterator[Any]:
        channel = self._connection.channel()
        try:
            yield channel
        finally:
            if channel.connection is not None:
                channel.close()


def bindings_of(queue: Queue) -> list[tuple[Exchange, str]]:
    """Return (exchange, routing key) of all that routes to a queue, Celery's delays included."""
    if queue.bindings:
        return [(one.exchange, one.routing_key) for one in queue.bindings if one.exchange]
    plain = [(queue.exchange, queue.routing_key)]
    is_of_tasks = queue.exchange.name == topology.TASKS.name
    return [*plain, *([(queue.exchange, f"#.{queue.routing_key}")] if is_of_tasks else [])]


def _forward(producer: broker.Producer, message: Message, queue: str) -> None:
    given: dict[str, Any] = message.properties
    lives_ms = given.get("expiration")
    producer.publish(
        letters.raw(message),
        exchange="",
        routing_key=queue,
        headers={k: v for k, v in message.headers.items() if k != "x-delivery-count"},
        content_type=message.content_type or "application/octet-stream",
        content_encoding=message.content_encoding or "binary",
        expiration=int(lives_ms) / 1_000 if lives_ms else None,
        mandatory=True,
        confirm_timeout=broker.CONFIRM_S,
        **{name: value for name, value in given.items() if name in KEPT_PROPERTIES},
    )

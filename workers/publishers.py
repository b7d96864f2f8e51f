"""How a wave of messages reaches the broker, and how it is known to be there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog
from kombu import Connection

log = structlog.get_logger()

CONFIRM_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to publish. `mandatory`: a broker that has no queue for it must say so."""

    id: str
    exchange: str
    routing_key: str
    body: bytes
    headers: dict[str, Any] = field(default_factory=dict)
    mandatory: bool = True


Confirm = Callable[[Outgoing], None]


class Publisher(Protocol):
    def publish(self, wave: Sequence[Outgoing], confirm: Confirm) -> None:
        """Publish a wave and call `confirm` for each message that the broker has.

        Returns when the fate of each is known; what was returned or refused is logged.

        Raises:
            broker.AWAY: the broker went, or said nothing for CONFIRM_S. What it has is confirmed.

        """
        ...


def on(connection: Connection) -> Publisher:
    """Return what publishes best on a broker. AMQP wants a connection without `confirm_each`."""
    if connection.transport.driver_type == "amqp":
        return Pipelining(connection)
    return OneByOne(connection)


class OneByOne:
    """For Redis, where a publish that returned is done."""

    def __init__(self, connection: Connection) -> None:
        self._producer = connection.Producer(auto_declare=False)

    def publish(self, wave: Sequence[Outgoing], confirm: Confirm) -> None:
        for one in wave:
            _send(self._producer, one)
            confirm(one)


class Pipelining:
    """For RabbitMQ: all messages of a wave are on their way before the first confirm is read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        channel: Any = connection.channel()
        channel.confirm_select()
        channel.events["basic_ack"].add(self._acked)
        channel.events["basic_nack"].add(self._nacked)
        channel.events["basic_return"].add(self._came_back)
        self._producer = connection.Producer(channel, auto_declare=False)
        self._sent = 0  # delivery tags count from 1 on a channel that confirms
        self._open: dict[int, Outgoing] = {}
        self._returned: set[str] = set()
        self._confirm: Confirm = _ignore

    def publish(self, wave: Sequence[Outgoing], confirm: Confirm) -> None:
        self._confirm = confirm
        self._returned.clear()
        for one in wave:
            self._sent += 1
            self._open[self._sent] = one
            _send(self._producer, one)
        deadline = time.monotonic() + CONFIRM_S
        while self._open:
            # a broker that blocks its publishers ends here: TimeoutError is one of broker.AWAY
            self._connection.drain_events(timeout=max(0.001, deadline - time.monotonic()))

    def _acked(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 (amqp calls it so)
        for one in self._settle(tag, multiple=multiple):
            if one.id in self._returned:
                log.error("no queue takes it", id=one.id, routing_key=one.routing_key)
            else:
                self._confirm(one)

    def _nacked(self, tag: int, multiple: bool) -> None:  # noqa: FBT001
        for one in self._settle(tag, multiple=multiple):
            log.error("the broker refused it", id=one.id, routing_key=one.routing_key)

    def _came_back(self, _why: Exception, _exchange: str, _key: str, message: Any) -> None:
        # the broker acknowledges it as well, afterwards
        self._returned.add(message.properties.get("message_id", ""))

    def _settle(self, tag: int, *, multiple: bool) -> list[Outgoing]:
        tags = [one for one in self._open if one <= tag] if multiple else [tag]
        return [self._open.pop(one) for one in tags if one in self._open]


def _ignore(_one: Outgoing) -> None:
    """Nothing was published yet."""


def _send(producer: Any, one: Outgoing) -> None:
    producer.publish(
        one.body,
        exchange=one.exchange,
        routing_key=one.routing_key,
        headers=one.headers,
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
        message_id=one.id,
        mandatory=one.mandatory,
    )

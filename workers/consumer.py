"""One process: topic exchange in, subscribers out. `manage.py consumer`.

A message is acknowledged after its last subscriber returned. What fails for a passing reason is
held and tried until it passes; what fails otherwise goes to the dead letters, with why.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

import structlog
from kombu import Connection, Consumer, Message
from kombu.exceptions import OperationalError
from pymongo.errors import ConnectionFailure as DocumentsDown
from redis.exceptions import ConnectionError as StateDown

from kit import broker, letters, request_ids, subscriptions
from kit.errors import Unavailable
from kit.letters import Code, Why
from kit.liveness import show_life
from workers import progress, topology
from workers.stopping import Stopping

log = structlog.get_logger()

PREFETCH: Final = 50
DRAIN_S: Final = 1.0
TRIES: Final = 3
# What is no JSON, or JSON without what every event has.
UNREADABLE: Final = (KeyError, TypeError, ValueError)
PASSING: Final = (Unavailable, DocumentsDown, StateDown, OperationalError)


def deliver(context: str, envelope: dict[str, Any]) -> int:
    """Hand one event to every subscriber of a context; return how many there were.

    Raises:
        KeyError, TypeError, ValueError: the envelope is none of ours.

    """
    request_ids.bind(envelope.get("request_id"))
    found = subscriptions.subscribers(context, envelope["key"])
    for row in found:
        row.handler(row.event.read(envelope))
    progress.count_event(context, envelope)
    return len(found)


class EventConsumer:
    """Delivers the messages of every context's queue on one connection."""

    def __init__(self, connection: Connection, stopping: Stopping) -> None:
        self._connection = connection
        self._stopping = stopping

    def consumers(self) -> list[Consumer]:
        made = []
        for context, queue in topology.event_queues().items():
            channel = self._connection.channel()
            made.append(
                Consumer(
                    channel,
                    queues=[queue],
                    # not `callbacks`: they decode first, and a body that is no JSON raises
                    on_message=partial(self._receive, context),
                    prefetch_count=PREFETCH,
                    auto_declare=False,
                )
            )
        return made

    def _receive(self, context: str, message: Message) -> None:
        pauses = self._stopping.pauses()
        tries = 0
        while not self._stopping:
            try:
                deliver(context, json.loads(message.body or b""))
            except PASSING as away:
                log.warning("event waits", context=context, error=str(away)[:200])
                self._stopping.wait(next(pauses))
                self._connection.heartbeat_check()
            except Exception as failure:  # noqa: BLE001 (a subscriber's mistake: others go on, a person looks)
                tries += 1
                if tries == TRIES:
                    self._bury(context, message, failure)
                    return
                self._stopping.wait(next(pauses))
            else:
                message.ack()
                return
        message.requeue()

    def _bury(self, context: str, message: Message, failure: Exception) -> None:
        code = Code.UNREADABLE if isinstance(failure, UNREADABLE) else Code.FAILED
        why = Why.from_failure(failure, code=code, tries=TRIES)
        log.error("event given up", context=context, code=why.code, reason=why.reason)
        with self._connection.channel() as channel:
            letters.bury(
                self._connection.Producer(channel),
                message,
                queue=broker.event_queue(context),
                why=why,
            )
        message.ack()


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
    consumers = EventConsumer(connection, stopping).consumers()
    for consumer in consumers:
        consumer.consume()
    log.info("consumer ready", contexts=len(consumers))
    while not stopping:
        show_life("consumer")
        try:
            connection.drain_events(timeout=DRAIN_S)
        except TimeoutError:
            connection.heartbeat_check()
    for consumer in consumers:
        consumer.cancel()

"""One thread of `manage.py consumer`: dead queues in, the ledger of dead letters out.

A letter is acknowledged after the ledger has it. While the document server is away nothing is
taken: the letters lie in their dead queues, where `manage.py queues` counts them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import structlog
from django.conf import settings
from kombu import Connection, Consumer, Message, Queue
from pymongo.errors import ConnectionFailure as DocumentsDown

from kit import broker, letters, mongo
from kit.liveness import show_life
from workers import topology
from workers.ledger import public as ledger
from workers.stopping import Stopping

log = structlog.get_logger()

PREFETCH: Final = 10
DRAIN_S: Final = 1.0
STOP_S: Final = 10.0


class Undertaker:
    """Files the letters of every dead queue on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def consumers(self) -> list[Consumer]:
        # a channel each: what one queue's letters hold up must not hold up the others
        return [
            Consumer(
                self._connection.channel(),
                queues=[queue],
                on_message=partial(self._take, queue),
                prefetch_count=PREFETCH,
                auto_declare=False,
            )
            for queue in topology.dead_queues()
        ]

    def _take(self, dead: Queue, message: Message) -> None:
        if letters.is_worthless(message):
            message.ack()
            return
        letter = letters.read(message, queue=dead.routing_key)
        try:
            ledger.file_letter(letter=letter)
        except DocumentsDown:
            message.requeue()
            raise
        except Exception:  # what no row can hold must not keep the others out
            # It stays unacknowledged: in its dead queue again with the next connection.
            log.exception("dead letter cannot be filed", queue=letter.queue, letter_id=letter.id)
            return
        message.ack()
        log.warning(
            "dead letter filed",
            queue=letter.queue,
            kind=letter.kind,
            name=letter.name,
            letter_id=letter.id,
            code=str(letter.why.code),
        )


def run(stopping: Stopping) -> None:
    """File letters until asked to stop; a store that is away is waited for."""
    pauses = stopping.pauses()
    while not stopping:
        show_life("undertaker")
        try:
            mongo.ping(settings.MONGODB_URL)
            with broker.connection() as connection:
                connection.ensure_connection(max_retries=1, timeout=broker.CONNECT_S)
                topology.declare(connection)
                pauses = stopping.pauses()
                _consume_on(connection, stopping)
        except (*broker.AWAY, DocumentsDown) as away:
            log.warning("undertaker waits", error=str(away)[:200])
            stopping.wait(next(pauses))


def _consume_on(connection: Connection, stopping: Stopping) -> None:
    consumers = Undertaker(connection).consumers()
    for consumer in consumers:
        consumer.consume()
    log.info("undertaker ready", queues=len(consumers))
    while not stopping:
        show_life("undertaker")
        try:
            connection.drain_events(timeout=DRAIN_S)
        except TimeoutError:
            connection.heartbeat_check()
    for consumer in consumers:
        consumer.cancel()


@contextmanager
def at_work(stopping: Stopping) -> Iterator[None]:
    """Let an undertaker work in a thread until the block ends."""
    thread = threading.Thread(target=run, args=(stopping,), name="undertaker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.ask()
        thread.join(STOP_S)

"""One process: outboxes in, topic exchange out. `manage.py relay`.

At least once: an event is taken out of its outbox only after the broker confirmed it, so a crash
between the two publishes it again, and consumers absorb that.
"""

from __future__ import annotations

import json
from typing import Any, Final

import structlog
from kombu import Connection, Producer
from mongoengine import Document
from pymongo.errors import PyMongoError

from kit import broker
from kit.documents import Announcing, every_document, forget, pending
from kit.liveness import show_life
from workers import topology
from workers.stopping import Stopping

log = structlog.get_logger()

BATCH: Final = 200
IDLE_S: Final = 0.2
PUBLISH_S: Final = 10.0


def relay_once(producer: Producer) -> int:
    """Publish what waits in every outbox, oldest first; return how many events."""
    return sum(_relay(kind, producer) for kind in every_document(Announcing))


def _relay(kind: type[Document], producer: Producer) -> int:
    waiting = pending(kind, limit=BATCH)
    announced: list[tuple[str, str]] = []
    try:
        for document_id, envelope in waiting:
            publish(producer, envelope)
            announced.append((document_id, envelope["id"]))
    finally:
        # also when the broker went away halfway: what it confirmed must not go out twice
        forget(kind, announced)
    return len(announced)


def publish(producer: Producer, envelope: dict[str, Any]) -> None:
    """Publish one event; returns once the broker has it on disk (confirms, persistent)."""
    producer.publish(
        json.dumps(envelope, separators=(",", ":")).encode(),
        exchange=topology.EVENTS,
        routing_key=envelope["key"],
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
        message_id=envelope["id"],
        timeout=PUBLISH_S,
    )


def run(stopping: Stopping) -> None:
    """Relay until asked to stop; a store that is away is waited for, and nothing is lost."""
    pauses = stopping.pauses()
    while not stopping:
        try:
            with broker.connection() as connection:
                connection.ensure_connection(max_retries=1, timeout=broker.CONNECT_S)
                topology.declare(connection)
                log.info("relay ready")
                pauses = stopping.pauses()
                _relay_on(connection, stopping)
        except (*broker.AWAY, PyMongoError) as away:
            log.warning("relay waits", error=str(away)[:200])
            stopping.wait(next(pauses))


def _relay_on(connection: Connection, stopping: Stopping) -> None:
    producer = connection.Producer(auto_declare=False)
    while not stopping:
        show_life("relay")
        if relay_once(producer) == 0:
            stopping.wait(IDLE_S)
        if connection.heartbeat:
            connection.heartbeat_check()

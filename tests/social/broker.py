"""The pool's queue on the broker: what was queued, and how an event gets there."""

from __future__ import annotations

from contextlib import suppress
from queue import Empty
from typing import Any

from kit import broker
from kit.events import Event
from workers import topology
from workers.app import app
from workers.consumer import deliver


def declare() -> None:
    """Celery declares a queue once a process; emptying the stores took it away."""
    with broker.connection() as connection:
        topology.declare(connection)


def happened(event: Event) -> None:
    deliver("social", event.envelope())


def queued() -> list[tuple[str, dict[str, Any]]]:
    """Take every waiting task of the pool; return names and arguments, oldest first."""
    (own,) = [queue for queue in app.conf.task_queues if queue.name == "social"]
    taken: list[tuple[str, dict[str, Any]]] = []
    with (
        broker.connection() as connection,
        connection.SimpleQueue(own) as queue,
        suppress(Empty),
    ):
        while True:
            message = queue.get_nowait()
            message.ack()
            taken.append((message.headers["task"], message.payload[1]))
    return taken

"""Events delivered to this context, and the tasks it queued."""

from __future__ import annotations

from contextlib import suppress
from queue import Empty
from typing import Any

from kit import broker
from kit.events import Event
from workers.app import app
from workers.consumer import deliver


def happened(event: Event) -> None:
    deliver("previews", event.envelope())


def queued() -> list[tuple[str, dict[str, Any]]]:
    """Take every waiting task of the pool; return names and arguments, oldest first."""
    taken: list[tuple[str, dict[str, Any]]] = []
    with (
        broker.connection() as connection,
        connection.SimpleQueue(own_queue()) as queue,
        suppress(Empty),
    ):
        while True:
            message = queue.get_nowait()
            message.ack()
            taken.append((message.headers["task"], message.payload[1]))
    return taken


def own_queue() -> Any:
    (found,) = [queue for queue in app.conf.task_queues if queue.name == "previews"]
    return found

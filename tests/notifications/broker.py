"""The queues of both push pools: how an event gets in, and what was queued."""

from __future__ import annotations

from contextlib import suppress
from queue import Empty
from typing import Any

from kit import broker
from kit.events import Event
from workers import topology
from workers.app import app
from workers.consumer import deliver

POOLS = ("push.urgent", "push.bulk")


def declare() -> None:
    """Celery declares a queue once a process; emptying the stores took it away."""
    with broker.connection() as connection:
        topology.declare(connection)


def happened(event: Event) -> None:
    deliver("notifications", event.envelope())


def queued() -> list[tuple[str, dict[str, Any]]]:
    """Take every waiting task of both pools; return names and arguments, oldest first a pool."""
    taken: list[tuple[str, dict[str, Any]]] = []
    with broker.connection() as connection:
        for own in (queue for queue in app.conf.task_queues if queue.name in POOLS):
            with connection.SimpleQueue(own) as queue, suppress(Empty):
                while True:
                    message = queue.get_nowait()
                    message.ack()
                    taken.append((message.headers["task"], message.payload[1]))
    return taken


def run_queued() -> list[str]:
    """Run waiting tasks and those they queue, until there are none; return their names."""
    ran = []
    while waiting := queued():
        for name, arguments in waiting:
            app.tasks[name](**arguments)
            ran.append(name)
    return ran

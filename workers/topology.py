"""What stands on the broker: exchanges, queues, and the dead letters of each queue."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from kombu import Connection, Exchange, Queue, binding

from kit import subscriptions
from kit.broker import DEAD_EXCHANGE, RELAY, dead_queue, event_queue, queue_names

EVENTS: Final = Exchange("showrunner.events", type="topic", durable=True)
# A topic, although keys are plain names: Celery's delayed delivery cannot bind to a direct one.
TASKS: Final = Exchange("showrunner.tasks", type="topic", durable=True)
DEAD: Final = Exchange(DEAD_EXCHANGE, type="direct", durable=True)

# A message handed out this often and never finished kills what works on it.
DELIVERY_LIMIT: Final = 20


def task_queues() -> list[Queue]:
    """Return the queue of each pool; a task's name starts with it."""
    return [
        Queue(pool, TASKS, routing_key=pool, queue_arguments=_arguments(pool))
        for pool in settings.WORKER_POOLS
    ]


def event_queues() -> dict[str, Queue]:
    """Return the one queue of each subscribing context, bound to every key it wants."""
    return {
        context: Queue(
            event_queue(context),
            bindings=[binding(EVENTS, routing_key=key) for key in sorted(keys)],
            queue_arguments=_arguments(event_queue(context)),
        )
        for context, keys in sorted(subscriptions.contexts().items())
    }


def dead_queues() -> list[Queue]:
    """Return where a person finds what was given up."""
    working = [name for name in queue_names() if not name.startswith("dead.")]
    return [Queue(dead_queue(name), DEAD, routing_key=name) for name in (*working, RELAY)]


def declare(connection: Connection) -> None:
    """Make every exchange and queue exist. Safe to repeat."""
    with connection.channel() as channel:
        for exchange in (EVENTS, TASKS, DEAD):
            exchange(channel).declare()
        for queue in (*dead_queues(), *task_queues(), *event_queues().values()):
            queue(channel).declare()


def _arguments(name: str) -> dict[str, Any] | None:
    """Return what RabbitMQ keeps a queue by; only quorum queues survive a killed broker."""
    if not settings.CELERY["broker_url"].startswith("amqp"):
        return None
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD.name,
        "x-dead-letter-routing-key": name,
    }

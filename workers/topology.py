"""What stands on the broker and who works on it, in one table.

`manage.py broker_sync` declares it and moves a broker from one release's table to the next.

RabbitMQ keeps tasks and events in quorum queues, with a delivery limit and a dead queue each. The
embedded Redis has lists of the same names; what is weaker there says `WEAKER_ON_REDIS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from amqp.exceptions import NotFound, PreconditionFailed
from django.conf import settings
from kombu import Connection, Exchange, Queue, binding

from kit import broker, subscriptions
from kit.broker import DEAD_EXCHANGE, RELAY, dead_queue, event_queue, queue_names

EVENTS: Final = Exchange("showrunner.events", type="topic", durable=True)
# A topic, although keys are plain names: Celery's delayed delivery cannot bind to a direct one.
TASKS: Final = Exchange("showrunner.tasks", type="topic", durable=True)
DEAD: Final = Exchange(DEAD_EXCHANGE, type="direct", durable=True)
EXCHANGES: Final = (EVENTS, TASKS, DEAD)

# The consumer gives events up by itself; a queue of them is handed back whenever it reconnects.
EVENT_DELIVERY_LIMIT: Final = 100
NO_LIMIT: Final = 1_000_000_000
# Between a task's soft limit, at which it may still clean up, and the kill.
CLEAN_UP_S: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One queue of tasks, and how a worker empties it.

    execution: `prefork` where tasks compute or start programs: only a process can be limited and
    killed. `threads` where they wait for others, each with deadlines of its own.
    prefetch: messages held per slot; 1 where tasks are long, more where a round trip would cost
    as much as the task.
    """

    name: str
    execution: str
    concurrency: int
    prefetch: int
    soft_limit_s: int = 600
    max_memory_mb: int = 500

    @property
    def hard_limit_s(self) -> int:
        return self.soft_limit_s + CLEAN_UP_S


POOLS: Final = (
    Pool(name="streams", execution="prefork", concurrency=2, prefetch=1),
    Pool(name="media", execution="prefork", concurrency=1, prefetch=1),
    Pool(name="previews", execution="prefork", concurrency=1, prefetch=1),
    Pool(name="social", execution="threads", concurrency=8, prefetch=1),
    Pool(name="push.urgent", execution="threads", concurrency=8, prefetch=4),
    Pool(name="push.bulk", execution="threads", concurrency=8, prefetch=4),
    Pool(name="default", execution="threads", concurrency=4, prefetch=16),
)
# Queues that earlier releases had: `broker_sync` removes each once it is empty.
RETIRED: Final[tuple[str, ...]] = ()

WEAKER_ON_REDIS: Final = (
    "a killed worker's tasks come back after the visibility timeout, not at once",
    "a task waits for its next try in a worker's memory",
    "no confirms, no returned messages: a write that Redis lost with its disk is lost",
    "the delivery limit counts killed children, not killed workers",
    "no priorities between tasks of a queue",
    "events of one document change their order where several consumers run, or one is killed",
)


class QueueDiffers(SystemExit):
    """A queue or exchange exists with other arguments; the process ends with exit code 1."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name} exists on the broker with other arguments ({why}).\n"
            "Stop what consumes from it, look with `manage.py broker_sync --dry-run`, "
            "then run `manage.py broker_sync`: it keeps the messages."
        )


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
    """Return where the dead letters of each queue wait; nothing limits or drops them."""
    working = [name for name in queue_names() if not name.startswith("dead.")]
    # RabbitMQ 4 limits what names no limit, and here nobody would catch what it drops
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": NO_LIMIT}
    return [
        Queue(
            dead_queue(name),
            DEAD,
            routing_key=name,
            queue_arguments=arguments if broker.is_amqp() else None,
        )
        for name in (*working, RELAY)
    ]


def queues() -> list[Queue]:
    """Return every queue; the dead ones first, as the others name them."""
    return [*dead_queues(), *task_queues(), *event_queues().values()]


def declare(connection: Connection) -> None:
    """Make every exchange and queue exist. Safe to repeat.

    Raises:
        QueueDiffers: one exists with other arguments.

    """
    entities: list[Any] = [*EXCHANGES, *queues()]
    for entity in entities:
        with connection.channel() as channel:
            try:
                entity(channel).declare()
            except (PreconditionFailed, NotFound) as differs:
                raise QueueDiffers(entity.name, str(differs.reply_text)) from None


def _arguments(name: str) -> dict[str, Any] | None:
    """Return what RabbitMQ keeps a queue by; only quorum queues survive a killed broker."""
    if not broker.is_amqp():
        return None
    shared = {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": DEAD.name,
        "x-dead-letter-routing-key": name,
        # what dies is kept here until the dead queue has it
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    if name in settings.WORKER_POOLS:
        return {**shared, "x-delivery-limit": broker.DELIVERY_LIMIT}
    # of several consumers one works, so that the events of a document stay in order
    ordered = {"x-single-active-consumer": True}
    return {**shared, **ordered, "x-delivery-limit": EVENT_DELIVERY_LIMIT}

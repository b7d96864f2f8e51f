"""The Celery application: `celery -A workers.app worker`.

Every process has it (`workers.apps`), as whoever queues a task must know the broker. Importing it
sets Django up in none of them: Celery's own Django fixup does that in a worker.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

import structlog
from celery import Celery, signals
from celery.app.amqp import AMQP
from django.conf import settings
from kombu import pools
from typing_extensions import override

from kit import broker, children, everyone, liveness, redis_broker, request_ids, startup
from workers import exposition, schedule, shutdown, topology

log = structlog.get_logger()

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
exposition.prepare()
import_module("workers.telemetry")


class TaskProducer(broker.Producer):
    """Refuses a task that carries more than ids."""

    @override
    def _prepare(
        self, body: Any, serializer: Any = None, content_type: Any = None, *rest: Any
    ) -> Any:
        prepared = super()._prepare(body, serializer, content_type, *rest)
        headers = rest[-1] if rest else {}
        # a letter comes with its content type: whatever its size, it is kept
        if not content_type and len(prepared[0]) > broker.MAX_PAYLOAD_BYTES:
            raise broker.PayloadTooLarge(
                name=(headers or {}).get("task", "a message"),
                size_bytes=len(prepared[0]),
                limit_bytes=broker.MAX_PAYLOAD_BYTES,
            )
        return prepared


class Amqp(AMQP):
    Connection = redis_broker.Connection
    Producer = TaskProducer
    _producer_pool: Any

    @property
    @override
    def producer_pool(self) -> Any:
        if self._producer_pool is None:
            connections = pools.connections[self.app.connection_for_write()]
            self._producer_pool = pools.ProducerPool(
                connections, Producer=TaskProducer, limit=self.app.pool.limit
            )
        return self._producer_pool


app = Celery(
    "showrunner",
    amqp=Amqp,
    task_cls="kit.tasks:Task",
    fixups=["workers.django_fixup:fixup"],
)
app.conf.update(settings.CELERY)
app.conf.task_queues = topology.task_queues()
app.conf.beat_schedule = schedule.BEAT
app.autodiscover_tasks()
app.set_default()
signals.worker_shutting_down.connect(shutdown.bound)


@signals.beat_init.connect
def check_needs(**_: Any) -> None:
    startup.require()


@signals.celeryd_init.connect
def check_needs_and_queues(**_: Any) -> None:
    """End with a sentence where Celery would end with a traceback."""
    startup.require()
    with broker.connection() as connection:
        topology.declare(connection)
    if not broker.is_amqp():
        log.warning("redis is the broker", weaker=topology.WEAKER_ON_REDIS)


@signals.worker_process_init.connect
def bind_child(**_: Any) -> None:
    children.leave_the_group()


@signals.beat_init.connect
def listen_in_beat(**_: Any) -> None:
    everyone.listen("beat")


# After the pool was forked; each child of it listens for itself.
@signals.worker_ready.connect
@signals.worker_process_init.connect
def listen_in_worker(**_: Any) -> None:
    everyone.listen("worker")


@app.task(name="default.tick")
def tick() -> None:
    """Show that beat sends, the broker carries and the default pool works."""
    liveness.show_life("beat")


@signals.setup_logging.connect
def keep_our_logs(**_: Any) -> None:
    """Being connected keeps Celery from replacing the logging that kit.logs set up."""


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    headers["request_id"] = request_ids.current()


@signals.task_prerun.connect
def take_request_id(task: Any, task_id: str, **_: Any) -> None:
    """Bind the request's id, or the task's own where no request caused it."""
    request_ids.bind(getattr(task.request, "request_id", None) or task_id)

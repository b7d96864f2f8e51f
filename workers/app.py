"""The Celery application: `celery -A workers.app worker`.

Every process has it (`workers.apps`), as whoever queues a task must know the broker. Importing it
sets Django up in none of them: Celery's own Django fixup does that in a worker.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, signals
from celery.app.amqp import AMQP
from django.conf import settings
from kombu import Connection
from kombu.transport import redis as over_redis
from redis.exceptions import ConnectionError as LostConnection
from typing_extensions import override

from kit import everyone, liveness, request_ids, startup
from workers import schedule, topology

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")


class Channel(over_redis.Channel):
    """kombu's, except that asking for a connection that is gone is a lost connection.

    After Redis went away, Celery 5.7 closes the connection twice and acknowledges late what a
    task of before finished. kombu 5.7 then reads the address of a transport that is no more: an
    AttributeError, which ends the worker. What was unacknowledged stays in Redis, and is handed
    out anew after the visibility timeout.
    """

    connection: Any

    def _connparams(self, **wanted: Any) -> dict[str, Any]:
        if self.connection is None or self.connection.client is None:
            raise LostConnection("The connection of this channel is closed.")
        # celery-types leaves the method out
        return super()._connparams(**wanted)  # type: ignore[misc,no-any-return]


class Transport(over_redis.Transport):
    Channel = Channel


class BrokerConnection(Connection):
    @override
    def get_transport_cls(self) -> Any:
        found = super().get_transport_cls()
        return Transport if found is over_redis.Transport else found


class Amqp(AMQP):
    Connection = BrokerConnection


app = Celery("showrunner", amqp=Amqp, task_cls="kit.tasks:Task")
app.conf.update(settings.CELERY)
app.conf.task_queues = topology.task_queues()
app.conf.beat_schedule = schedule.BEAT
app.autodiscover_tasks()
app.set_default()


@signals.celeryd_init.connect
@signals.beat_init.connect
def check_needs(**_: Any) -> None:
    startup.require()


@signals.beat_init.connect
def listen_in_beat(**_: Any) -> None:
    everyone.listen("beat")


# After the pool was forked; each child of it listens for itself.
@signals.worker_ready.connect
@signals.worker_process_init.connect
def listen_in_worker(**_: Any) -> None:
    everyone.listen("worker")


@app.task(name="default.tick")
def tick(**_newer: object) -> None:
    """Show that beat sends, the broker carries and the default pool works."""
    liveness.show_life("beat")


@signals.setup_logging.connect
def keep_our_logs(**_: Any) -> None:
    """Being connected keeps Celery from replacing the logging that kit.logs set up."""


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    headers["request_id"] = request_ids.current()


@signals.task_prerun.connect
def take_request_id(task: Any, **_: Any) -> None:
    request_ids.bind(getattr(task.request, "request_id", None))

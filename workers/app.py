"""The Celery application: `celery -A workers.app worker`.

Every process has it (`workers.apps`), as whoever queues a task must know the broker. Importing it
sets Django up in none of them: Celery's own Django fixup does that in a worker.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from celery import Celery, signals
from celery.app.amqp import AMQP
from django.conf import settings
from kombu import Connection
from typing_extensions import override

from kit import liveness, request_ids, startup
from workers import schedule, topology

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")


class TwiceClosed(Connection):
    """kombu's connection, which a worker may close again after Redis went away.

    Celery 5.7 closes a lost connection twice. With a task unacknowledged, kombu 5.7's second
    close asks a transport that is gone for its address, and the AttributeError ends the worker.
    Redis keeps what is unacknowledged; it is handed out anew after the visibility timeout.
    """

    @override
    def maybe_close_channel(self, channel: Any) -> None:
        with suppress(AttributeError):
            super().maybe_close_channel(channel)


class Amqp(AMQP):
    Connection = TwiceClosed


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

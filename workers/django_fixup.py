"""What Celery does for Django around a task: close what it opened, and only that.

Celery's own closes before and after each task, and asks every cache to close too. A task of ours
may be done within the time that takes.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from celery import Celery, signals
from celery.fixups.django import DjangoFixup, DjangoWorkerFixup  # type: ignore[attr-defined]
from django.db import connections
from typing_extensions import override


class WorkerFixup(DjangoWorkerFixup):  # type: ignore[misc]
    @override
    def install(self) -> Any:
        super().install()
        # the task before closed its own, and nothing but tasks runs where tasks do
        signals.task_prerun.disconnect(self.on_task_prerun)
        return self

    @override
    def on_task_postrun(self, sender: Any, **_: Any) -> None:
        """Close the databases a task used; django_redis keeps its connections over `close`."""
        if not connections.all(initialized_only=True):
            return
        if not sender.request.is_eager:
            self.close_database()


class Fixup(DjangoFixup):
    @cached_property
    @override
    def worker_fixup(self) -> WorkerFixup:
        return WorkerFixup(self.app)


def fixup(app: Celery) -> DjangoFixup:
    """Install it; `fixups` of a Celery application names this function."""
    installed = Fixup(app)
    installed.install()
    return installed

"""What Celery does for Django: check at the start, and close what a task opened; and only that.

Celery's own closes before and after each task, and asks every cache to close too. A task of ours
may be done within the time that takes.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from celery import Celery, signals
from celery.fixups.django import DjangoFixup, DjangoWorkerFixup  # type: ignore[attr-defined]
from django.core.checks import run_checks
from django.db import connections
from typing_extensions import override

from kit import startup


class WorkerFixup(DjangoWorkerFixup):  # type: ignore[misc]
    @override
    def install(self) -> Any:
        super().install()
        # the task before closed its own, and nothing but tasks runs where tasks do
        signals.task_prerun.disconnect(self.on_task_prerun)
        return self

    @override
    def validate_models(self) -> None:
        """Check what a worker and beat use, not what the web answers with."""
        self.django_setup()
        run_checks(tags=startup.CHECKS)

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

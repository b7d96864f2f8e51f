"""Celery entry points: a name, one call. The prefix of the name is the queue."""

from __future__ import annotations

import structlog
from celery import shared_task

from apps.accounts import public

log = structlog.get_logger()


@shared_task(name="default.accounts_reconcile")
def reconcile() -> None:
    healed = public.reconcile()
    if healed:
        log.warning("profiles were missing", healed=healed)

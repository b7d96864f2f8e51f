"""The task every task of ours is: late, bounded, jittered retries on what may pass."""

from __future__ import annotations

from typing import Any

from celery import Task as CeleryTask
from kombu.exceptions import OperationalError as BrokerDown
from pymongo.errors import ConnectionFailure as DocumentsDown
from redis.exceptions import ConnectionError as StateDown
from typing_extensions import override

from kit.errors import Unavailable


class Task(CeleryTask[Any, Any]):
    """Base of every task (`task_cls` of `workers.app`).

    Retries what a later try may mend: 1, 2, 4 … 300 s with full jitter, eight times, about ten
    minutes in all. What is left is found by the reconciler of its context.
    """

    autoretry_for = (Unavailable, DocumentsDown, StateDown, BrokerDown)
    max_retries = 8
    retry_backoff = True
    retry_backoff_max = 300
    retry_jitter = True

    @override
    def retry(self, *args: Any, **options: Any) -> Any:
        """Try again, never before the moment the failure named as worth it."""
        why = options.get("exc")
        if isinstance(why, Unavailable):
            earliest_s = float(str(why.facts.get("retry_after_s") or 0))
            options["countdown"] = max(float(options.get("countdown") or 0), earliest_s)
        return super().retry(*args, **options)

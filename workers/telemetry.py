"""What is known of every task: how long it waited and ran, how it ended; one log line each.

Hooked to Celery's signals; a task pays some microseconds and no round trip for it.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime
from functools import cache
from typing import Any, Final

import structlog
from celery import current_app, signals
from prometheus_client import Counter, Histogram

from kit import broker, letters
from kit.letters import Why
from workers import progress

log = structlog.get_logger()
lines = logging.getLogger(__name__)

SENT_AT: Final = "sent_at"  # header: seconds since 1970, when the message was published
# A task that rejects its message gives it back to the broker, which hands it out again.
OUTCOMES: Final = {
    "SUCCESS": "succeeded",
    "IGNORED": "succeeded",
    "RETRY": "retried",
    "REJECTED": "retried",
}
OTHER: Final = "other"
MAX_ERROR_CHARS: Final = 200

SECONDS: Final = Histogram(
    "showrunner_task_seconds",
    "From a task's begin to its end.",
    ["task"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600),
)
WAIT_SECONDS: Final = Histogram(
    "showrunner_task_wait_seconds",
    "From the moment a task could begin (sent, or due) to its begin.",
    ["queue"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)
TOTAL: Final = Counter(
    "showrunner_tasks_total",
    "Tasks that succeeded, were retried, failed; and those whose message was given up.",
    ["task", "outcome"],
)
LETTERS: Final = Counter(
    "showrunner_dead_letters_total", "Messages given up here.", ["queue", "code"]
)

# A label's child costs a lookup under a lock; names of tasks and queues are few and known.
_seconds = cache(SECONDS.labels)
_wait = cache(WAIT_SECONDS.labels)
_total = cache(TOTAL.labels)


@signals.before_task_publish.connect
def stamp(headers: dict[str, Any], **_: Any) -> None:
    headers[SENT_AT] = time.time()


@signals.task_prerun.connect
def begin(task: Any, **_: Any) -> None:
    request = task.request
    if request.is_eager or request.called_directly:
        return
    since, now = ready_at(request), time.time()
    wait_s = max(now - since, 0.0) if since else None
    queue = _queue(request.delivery_info)
    if wait_s is not None:
        _wait(queue).observe(wait_s)
    if queue != OTHER:
        progress.count_begun(queue, since=since)
    request.measured = (time.perf_counter(), wait_s)


@signals.task_postrun.connect
def finish(task: Any, task_id: str, retval: Any, state: str | None, **_: Any) -> None:
    request = task.request
    measured = getattr(request, "measured", None)
    if measured is None:
        return
    began, wait_s = measured
    duration_s = time.perf_counter() - began
    outcome = OUTCOMES.get(state or "", "failed")
    _seconds(task.name).observe(duration_s)
    _total(task.name, outcome).inc()
    level = logging.WARNING if outcome == "failed" else logging.INFO
    if not lines.isEnabledFor(level):
        return
    fields: dict[str, Any] = {
        "task": task.name,
        "task_id": task_id,
        "outcome": outcome,
        "duration_s": round(duration_s, 4),
        "wait_s": None if wait_s is None else round(wait_s, 4),
        "tries": request.retries + 1,
    }
    if outcome != "succeeded":
        fields["error"] = _said(retval)
    log.log(level, "task finished", **fields)


@letters.buried.connect
def count_letter(headers: dict[str, Any], queue: str, why: Why, **_: Any) -> None:
    """Count a letter; a task's too where its process ended before it could tell."""
    LETTERS.labels(queue if queue in _queues() else OTHER, str(why.code)).inc()
    name = headers.get("task")
    if isinstance(name, str):
        _total(name if name in current_app.tasks else OTHER, "dead-lettered").inc()


def ready_at(request: Any) -> float | None:
    """Return when a task could begin, in seconds since 1970; None where nobody stamped it."""
    sent_at = getattr(request, SENT_AT, None)
    if not isinstance(sent_at, int | float):
        return None
    if not request.eta:
        return sent_at
    try:
        return max(sent_at, datetime.fromisoformat(request.eta).timestamp())
    except (TypeError, ValueError):
        return sent_at


def _queue(delivery: dict[str, Any] | None) -> str:
    """Return the queue a task came from; labels are bounded, so what is unknown is `other`.

    The routing key is the queue's name, behind the bits of a delay where it was sent for later.
    """
    key = str((delivery or {}).get("routing_key"))
    if key in _queues():
        return key
    return max((name for name in _queues() if key.endswith(f".{name}")), key=len, default=OTHER)


@cache
def _queues() -> frozenset[str]:
    return frozenset(broker.queue_names())


def _said(failure: Any) -> str:
    """Return why a task did not succeed; a Retry and a Reject carry the cause."""
    cause = getattr(failure, "exc", None) or getattr(failure, "reason", None) or failure
    kind = f"{type(cause).__name__}: " if isinstance(cause, BaseException) else ""
    return f"{kind}{cause}"[:MAX_ERROR_CHARS]

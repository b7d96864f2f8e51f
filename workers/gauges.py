"""Gauges of queues, dead letters, outboxes and previews, looked up when Prometheus asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, TypeVar

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pymongo.errors import PyMongoError
from typing_extensions import override

from apps.previews import public as previews
from apps.previews.contracts import Work
from kit import outboxes
from kit.documents import Announcing, every_document
from kit.errors import DomainError
from workers.queues import public as queues
from workers.queues.contracts import Overview

log = structlog.get_logger()
T = TypeVar("T")

FRESH_S: Final = 5.0
DEADLINE_S: Final = 2.0
# Documents of one kind beyond which nobody counts on: the number is then a lower bound.
MOST_PENDING: Final = 1_000


@dataclass(frozen=True, slots=True)
class Outbox:
    """Events that wait for the relay: how many (bounded), and the age of the oldest found."""

    pending: int
    oldest_s: float


class QueueGauges(Collector):
    """Asks at most every FRESH_S seconds, in threads of its own.

    A scrape waits DEADLINE_S for it. What is not known has no sample, and `showrunner_broker_up`
    says 0: a broker that is away breaks no scrape.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked_at = -FRESH_S
        self._overview: Future[Overview | None] = Future()
        self._outbox: Future[Outbox | None] = Future()
        self._previews: Future[Work | None] = Future()
        for one in (self._overview, self._outbox, self._previews):
            one.set_result(None)

    def describe(self) -> Iterable[Metric]:
        """Name nothing: what is known differs from scrape to scrape."""
        return []

    @override
    def collect(self) -> Iterator[Metric]:
        overview, outbox, work = self._answers()
        up = _gauge("broker_up", "Whether the broker answers.")
        up.add_metric([], 0 if overview is None else 1)
        yield up
        if overview is not None:
            yield from _of_queues(overview)
        if outbox is not None:
            yield from _of_outbox(outbox)
        if work is not None:
            yield from _of_previews(work)

    def _answers(self) -> tuple[Overview | None, Outbox | None, Work | None]:
        """Return what the stores said; None for one that did not within the deadline."""
        with self._lock:
            is_idle = self._overview.done() and self._outbox.done() and self._previews.done()
            if is_idle and time.monotonic() - self._asked_at >= FRESH_S:
                self._asked_at = time.monotonic()
                self._overview = _threads().submit(_overview)
                self._outbox = _threads().submit(_outbox)
                self._previews = _threads().submit(_previews)
            overview, outbox, work = self._overview, self._outbox, self._previews
        waiting: list[Future[Any]] = [overview, outbox, work]
        wait(waiting, timeout=DEADLINE_S)
        return _said(overview), _said(outbox), _said(work)


def _said(asked: Future[T]) -> T | None:
    """Return an answer; none that came too late, or failed in a way nobody foresaw."""
    if not asked.done():
        return None
    failure = asked.exception()
    if failure is not None:
        log.error("gauges failed", exc_info=failure)
        return None
    return asked.result()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=3, thread_name_prefix="gauges")


def _overview() -> Overview | None:
    try:
        return queues.look()
    except DomainError as down:
        log.warning("gauges without broker", error=str(down))
        return None


def _outbox() -> Outbox | None:
    try:
        moments = [
            datetime.fromisoformat(envelope["at"])
            for kind in every_document(Announcing)
            for events in outboxes.read(kind, outboxes.waiting(kind, limit=MOST_PENDING)).values()
            for envelope in events
        ]
    except PyMongoError as away:
        log.warning("gauges without documents", error=str(away)[:200])
        return None
    oldest = min(moments, default=None)
    return Outbox(len(moments), _age_s(oldest))


def _previews() -> Work | None:
    try:
        return previews.look_at_work()
    except PyMongoError as away:
        log.warning("gauges without previews", error=str(away)[:200])
        return None


def _of_queues(overview: Overview) -> Iterator[Metric]:
    ready = _gauge("queue_ready", "Messages ready for a worker.", "queue")
    consumers = _gauge("queue_consumers", "Who works on a queue.", "queue")
    oldest = _gauge(
        "queue_oldest_seconds",
        "Age of the oldest ready message, between bounds.",
        "queue",
        "bound",
    )
    dead = _gauge("dead_letters_waiting", "Dead letters nobody settled yet.", "queue")
    for row in overview.rows:
        ready.add_metric([row.id], row.ready)
        if row.consumers is not None:
            consumers.add_metric([row.id], row.consumers)
        bounds = {"at_least": row.oldest_at_least_s, "at_most": row.oldest_at_most_s}
        for bound, age_s in bounds.items():
            if age_s is not None or row.ready == 0:
                oldest.add_metric([row.id, bound], age_s or 0.0)
        if row.dead is not None:
            dead.add_metric([row.id], row.dead)
    yield from (ready, consumers, oldest)
    if overview.is_ledger_known:
        yield dead


def _of_outbox(outbox: Outbox) -> Iterator[Metric]:
    waiting = _gauge(
        "outbox_pending", f"Events the relay has to publish, to {MOST_PENDING} a kind."
    )
    waiting.add_metric([], outbox.pending)
    oldest = _gauge("outbox_oldest_seconds", "Age of the oldest of them.")
    oldest.add_metric([], outbox.oldest_s)
    yield from (waiting, oldest)


def _of_previews(work: Work) -> Iterator[Metric]:
    sets = _gauge("preview_sets", "Sets by state, but for those in order.", "state")
    for state, count in work.sets.items():
        sets.add_metric([state], count)
    oldest = _gauge("preview_oldest_waiting_seconds", "How long the oldest of them waits.")
    oldest.add_metric([], _age_s(work.oldest_at))
    shares = _gauge("preview_shares", "Shared clips by state, but for those in order.", "state")
    for state, count in work.shares.items():
        shares.add_metric([state], count)
    oldest_share = _gauge(
        "preview_share_oldest_waiting_seconds", "How long the oldest of them waits."
    )
    oldest_share.add_metric([], _age_s(work.oldest_share_at))
    yield from (sets, oldest, shares, oldest_share)


def _age_s(since: datetime | None) -> float:
    return max((datetime.now(UTC) - since).total_seconds(), 0.0) if since else 0.0


def _gauge(name: str, told: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"showrunner_{name}", told, labels=labels)

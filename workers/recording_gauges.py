"""Gauges of recordings on their way, looked up when Prometheus asks the web."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Final

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pymongo.errors import PyMongoError
from typing_extensions import override

from apps.streams import public as streams

log = structlog.get_logger()

FRESH_S: Final = 5.0
DEADLINE_S: Final = 2.0


Counted = list[tuple[str, int, float]]


class RecordingGauges(Collector):
    """Asks at most every FRESH_S seconds; while the documents are away there is no sample."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked_at = -FRESH_S
        self._asked: Future[Counted] = Future()
        self._asked.set_result([])

    def describe(self) -> Iterable[Metric]:
        """Name nothing: what is known differs from scrape to scrape."""
        return []

    @override
    def collect(self) -> Iterator[Metric]:
        counted = self._answer()
        if not counted:
            return
        by_state = GaugeMetricFamily(
            "showrunner_recordings", "Recordings that are not where they belong.", labels=["state"]
        )
        oldest = GaugeMetricFamily(
            "showrunner_recording_oldest_seconds",
            "How long the oldest of them is in its state.",
            labels=["state"],
        )
        for state, count, age_s in counted:
            by_state.add_metric([state], count)
            oldest.add_metric([state], age_s)
        yield from (by_state, oldest)

    def _answer(self) -> Counted:
        with self._lock:
            if self._asked.done() and time.monotonic() - self._asked_at >= FRESH_S:
                self._asked_at = time.monotonic()
                self._asked = _thread().submit(_count)
            asked = self._asked
        wait([asked], timeout=DEADLINE_S)
        return asked.result() if asked.done() else []


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="recording-gauges")


def _count() -> Counted:
    try:
        return list(streams.count_recordings())
    except PyMongoError as away:
        log.warning("gauges without documents", error=str(away)[:200])
        return []

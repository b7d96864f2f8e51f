"""Gauges of broadcasts by state, looked up when Prometheus asks the web."""

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


class BroadcastGauges(Collector):
    """Asks at most every FRESH_S seconds; while the documents are away there is no sample."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked_at = -FRESH_S
        self._asked: Future[dict[str, int]] = Future()
        self._asked.set_result({})

    def describe(self) -> Iterable[Metric]:
        """Name nothing: what is known differs from scrape to scrape."""
        return []

    @override
    def collect(self) -> Iterator[Metric]:
        counted = self._answer()
        if not counted:
            return
        lapsed = counted.pop("lapsed", 0)
        by_state = GaugeMetricFamily(
            "showrunner_broadcasts", "Broadcasts that are or may come on air.", labels=["state"]
        )
        for state, count in counted.items():
            by_state.add_metric([state], count)
        yield by_state
        yield GaugeMetricFamily(
            "showrunner_leases_lapsed",
            "Live broadcasts whose lease is over and which the sweeper has not seen.",
            value=lapsed,
        )

    def _answer(self) -> dict[str, int]:
        with self._lock:
            if self._asked.done() and time.monotonic() - self._asked_at >= FRESH_S:
                self._asked_at = time.monotonic()
                self._asked = _thread().submit(_count)
            asked = self._asked
        wait([asked], timeout=DEADLINE_S)
        return dict(asked.result()) if asked.done() else {}


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="broadcast-gauges")


def _count() -> dict[str, int]:
    try:
        return streams.count_open()
    except PyMongoError as away:
        log.warning("gauges without documents", error=str(away)[:200])
        return {}

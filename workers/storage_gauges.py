"""Gauges of what the janitor found last, looked up when Prometheus asks the web."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from typing_extensions import override

from workers import janitor

log = structlog.get_logger()

TOLD: Final = {
    "orphan_count": ("showrunner_storage_orphans", "Stored files that no document names."),
    "orphan_bytes": ("showrunner_storage_orphan_bytes", "Their size."),
    "missing_count": ("showrunner_storage_missing", "Stored files that are gone; see a backup."),
    "is_complete": ("showrunner_storage_look_complete", "Whether there was time for all of it."),
}


class StorageGauges(Collector):
    """One read of Redis a scrape; nothing before the first look, and while Redis is away."""

    def describe(self) -> Iterable[Metric]:
        """Name nothing: what is known differs from scrape to scrape."""
        return []

    @override
    def collect(self) -> Iterator[Metric]:
        try:
            found = janitor.last_report()
        except RedisError as away:
            log.warning("gauges without state", error=str(away)[:200])
            return
        if not found:
            return
        for fact, (name, told) in TOLD.items():
            yield GaugeMetricFamily(name, told, value=float(found[fact]))
        yield GaugeMetricFamily(
            "showrunner_storage_looked_at_seconds",
            "When that was, in seconds since 1970.",
            value=datetime.fromisoformat(found["at"]).timestamp(),
        )

"""How many watch at the moment, asked of the audience when Prometheus asks the web."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from apps.streams import public as streams
from apps.streams.errors import AudienceAway


class ViewerGauge(Collector):
    """One number for the site: broadcasts would be endless labels. No sample where unknown."""

    def describe(self) -> Iterable[Metric]:
        """Name nothing: whether there is a sample differs from scrape to scrape."""
        return []

    @override
    def collect(self) -> Iterator[Metric]:
        try:
            viewers = streams.count_all_viewers()
        except AudienceAway:
            return
        gauge = GaugeMetricFamily("showrunner_viewers", "Viewer sessions present now.")
        gauge.add_metric([], viewers)
        yield gauge

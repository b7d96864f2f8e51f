"""What Prometheus reads: requests by route and status, and how long they took."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

from kit.scrapes import ASKED

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS: Final = Counter(
    "showrunner_http_requests_total",
    "Requests answered.",
    ["method", "route", "status"],
)
SECONDS: Final = Histogram(
    "showrunner_http_request_seconds",
    "From the first byte seen to the answer made.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer. `route` is the pattern, never the path: ids would be endless labels."""
    counter, histogram = _children(method if method in METHODS else "OTHER", route, status)
    counter.inc()
    histogram.observe(seconds)


@lru_cache(maxsize=2_048)
def _children(method: str, route: str, status: int) -> tuple[Any, Any]:
    return REQUESTS.labels(method, route, status), SECONDS.labels(route)


def _registry() -> Any:
    """Return what all web processes counted, where PROMETHEUS_MULTIPROC_DIR joins them."""
    joined = CollectorRegistry()
    try:
        multiprocess.MultiProcessCollector(joined)  # type: ignore[no-untyped-call]
    except ValueError:
        return REGISTRY
    return joined


@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    counted = generate_latest(_registry())
    return HttpResponse(counted + generate_latest(ASKED), content_type=CONTENT_TYPE_LATEST)

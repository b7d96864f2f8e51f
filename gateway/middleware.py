"""The outermost layer: a request id on everything, one access line, the numbers, the limits."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from gateway import metrics
from kit import request_ids

log = structlog.get_logger("gateway.access")

UNMATCHED: Final = "-"
# Probes and scrapers ask every few seconds and would drown the log.
QUIET: Final = frozenset({"healthz", "readyz", "metrics"})


class RequestIds:
    """Binds the request id, then tells of the answer: header, log line, metrics.

    Every request passes here, so it asks no store and looks nothing up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = perf_counter()
        request_id = request_ids.bind(request.META.get("HTTP_X_REQUEST_ID"))
        response = self.get_response(request)
        response.headers[request_ids.HEADER] = request_id
        verdict = getattr(request, "rate_limit", None)
        if verdict is not None:
            for name, value in verdict.headers():
                response.headers[name] = value
        _tell(request, response.status_code, perf_counter() - started)
        return response


class KnownByAddress:
    """Lets probes and Prometheus ask a pod by its address, which ALLOWED_HOSTS does not name.

    What they read tells the same under any name; every other path keeps Django's check.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info[1:] in QUIET:
            request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0]
        return self.get_response(request)


def _tell(request: HttpRequest, status: int, seconds: float) -> None:
    match = request.resolver_match
    route = (match.route or "/") if match else UNMATCHED
    method = request.method or UNMATCHED
    metrics.observe(method, route, status, seconds)
    if route not in QUIET:
        log.info(
            "request", method=method, route=route, status=status, ms=round(seconds * 1_000, 1)
        )

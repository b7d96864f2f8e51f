"""/healthz says the process lives, /readyz that what it needs answers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.answers import problem
from kit import broker, mongo

log = structlog.get_logger()

ASK_S: Final = 1.0  # what one server gets to answer
DEADLINE_S: Final = 2.5  # what the probe waits for all of them


def _documents() -> None:
    mongo.ping(settings.MONGODB_URL, timeout_ms=int(ASK_S * 1_000))


def _redis(url: str) -> None:
    client = Redis.from_url(
        url,
        socket_timeout=ASK_S,
        socket_connect_timeout=ASK_S,
        retry=Retry(NoBackoff(), 0),
    )
    with client:
        client.ping()


def _state() -> None:
    _redis(settings.REDIS_STATE_URL)


def _broker() -> None:
    with broker.connection() as opened:
        opened.ensure_connection(max_retries=1, interval_start=0, timeout=int(ASK_S))


def _sql() -> None:
    # A connection of its own: those of threads outlive the server they once reached.
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


CHECKS: Final[dict[str, Callable[[], None]]] = {
    "documents": _documents,
    "state": _state,
    "broker": _broker,
    "sql": _sql,
}


@cache
def _threads() -> ThreadPoolExecutor:
    # Twice the checks: one probe that hangs does not hold up the next.
    return ThreadPoolExecutor(max_workers=2 * len(CHECKS), thread_name_prefix="readyz")


def find_down() -> dict[str, str]:
    """Return what does not answer within the deadline, with the reason's first line."""
    asked = {name: _threads().submit(check) for name, check in CHECKS.items()}
    wait(asked.values(), timeout=DEADLINE_S)
    return {name: why for name, answer in asked.items() if (why := _why(answer))}


def _why(answer: Future[Any]) -> str:
    if not answer.done():
        answer.cancel()
        return f"no answer within {DEADLINE_S} s"
    failure = answer.exception()
    return "" if failure is None else (str(failure).splitlines() or [""])[0] or repr(failure)


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    down = find_down()
    if not down:
        return JsonResponse({"status": "ready"})
    log.warning("not ready", down=down)
    # Names only: the reasons hold addresses, and anybody may ask.
    return problem(503, "not-ready", "Not ready to serve.", down=sorted(down))

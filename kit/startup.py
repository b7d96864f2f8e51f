"""Whether what a process needs is there when it starts, and what to do where it is not."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.checks import Tags
from pymongo.errors import OperationFailure, PyMongoError
from redis import Redis

from kit import broker, mongo

# What a process without HTTP checks of itself: the others' checks import every page of the web.
CHECKS: Final = (Tags.caches, Tags.database, Tags.files, Tags.models)
RETRY_S: Final = 0.2
# Unauthorized and AuthenticationFailed (MongoDB, error_codes.yml).
MONGO_REFUSALS: Final = frozenset({13, 18})


@dataclass(frozen=True, slots=True)
class Need:
    """Something reached by address: its name, where it should be, how to start it."""

    name: str
    variable: str
    address: str
    remedy: str
    ask: Callable[[], None]


class Missing(SystemExit):
    """Says which, where and how to start it; the process ends with exit code 1."""

    def __init__(self, need: Need, why: str) -> None:
        super().__init__(
            f"{need.name} does not answer at {without_password(need.address)} ({why}).\n"
            f"{need.remedy} `make run` starts everything on this machine."
        )


class Refused(SystemExit):
    """It is there and takes no login from us; the process ends with exit code 1."""

    def __init__(self, need: Need, why: str) -> None:
        super().__init__(
            f"{need.name} at {without_password(need.address)} refuses the login ({why}).\n"
            f"Check user, password and name in {need.variable}."
        )


def require(*, patience_s: float | None = None) -> None:
    """Wait for the document server, Redis and the broker, then go on or end the process.

    Raises:
        Missing: one of them did not answer within `patience_s` (STARTUP_WAIT_S by default).
        Refused: one of them knows no such user, or not this password.

    """
    patience = settings.STARTUP_WAIT_S if patience_s is None else patience_s
    deadline = time.monotonic() + patience
    for need in needs():
        _wait_for(need, deadline)


def needs() -> list[Need]:
    return [
        Need(
            "The document server",
            "MONGODB_URL",
            settings.MONGODB_URL,
            "Start MongoDB, or set MONGODB_URL.",
            lambda: mongo.ping(settings.MONGODB_URL),
        ),
        Need(
            "Redis",
            "REDIS_STATE_URL",
            settings.REDIS_STATE_URL,
            "Start redis-server, or set REDIS_URL and REDIS_STATE_URL.",
            _ping_redis,
        ),
        Need(
            "The broker",
            "BROKER_URL",
            settings.CELERY["broker_url"],
            "Start RabbitMQ (or Redis), or set BROKER_URL.",
            _ping_broker,
        ),
    ]


def without_password(url: str) -> str:
    """Return an address fit for a log."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _wait_for(need: Need, deadline: float) -> None:
    told = False
    while True:
        try:
            need.ask()
        except (PyMongoError, *broker.AWAY) as away:
            why = (str(away).splitlines() or [type(away).__name__])[0][:120]
            if _is_refusal(away):
                raise Refused(need, why) from None
            if time.monotonic() > deadline:
                raise Missing(need, why) from None
            if not told:
                sys.stderr.write(f"waiting for {need.name[0].lower()}{need.name[1:]} …\n")
                told = True
            time.sleep(RETRY_S)
        else:
            return


def _is_refusal(failure: BaseException) -> bool:
    """Say whether it answered with a no, which kombu wraps as if it were away."""
    if isinstance(failure, OperationFailure):
        return failure.code in MONGO_REFUSALS
    return isinstance(failure, broker.REFUSED) or isinstance(failure.__cause__, broker.REFUSED)


def _ping_redis() -> None:
    with Redis.from_url(
        settings.REDIS_STATE_URL, socket_timeout=1, socket_connect_timeout=1
    ) as client:
        client.ping()


def _ping_broker() -> None:
    with broker.connection() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=broker.CONNECT_S)

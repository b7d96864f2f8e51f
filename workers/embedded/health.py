"""What each part of the stack is asked to prove that it works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from kit import liveness, mongo
from sandbox.client import is_healthy
from workers.app import app
from workers.embedded.stack import answers

WORKERS = ("io", "push")


def questions(variables: dict[str, str]) -> dict[str, Callable[[], bool]]:
    """Return a question a part, in the order the parts need each other."""
    ca_file = Path(variables["PROVIDER_CA_FILE"])
    google = f"http://127.0.0.1:{variables['GOOGLE_PORT']}"
    return {
        "documents": lambda: _documents(variables["MONGODB_URL"]),
        "redis": lambda: _is_alive(""),
        "google": lambda: is_healthy(google),
        "fcm": lambda: is_healthy(variables["FCM_URL"], ca_file=ca_file),
        "apns": lambda: is_healthy(variables["APNS_URL"], ca_file=ca_file),
        "wowza": lambda: is_healthy(variables["WOWZA_URL"]),
        "web": lambda: answers(f"{variables['PUBLIC_URL']}/readyz"),
        **{f"worker {name}": _worker(name) for name in WORKERS},
        "relay": lambda: _is_alive("relay"),
        "consumer": lambda: _is_alive("consumer"),
        "beat": lambda: _is_alive("beat"),
        "ingest": lambda: answers(variables["INGEST_HEALTH_URL"]),
    }


def _documents(url: str) -> bool:
    try:
        mongo.ping(url)
    except PyMongoError:
        return False
    return True


def _is_alive(name: str) -> bool:
    try:
        return liveness.is_alive(name) or not name
    except RedisError:
        return False


def _worker(name: str) -> Callable[[], bool]:
    def answered() -> bool:
        found = app.control.ping(timeout=1.0) or []
        return any(host.startswith(f"{name}@") for answer in found for host in answer)

    return answered

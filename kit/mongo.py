"""The connection to the document server: one lazy client a process, made after fork."""

from __future__ import annotations

import os
from typing import Any, Final

import mongoengine
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConnectionFailure

from kit.wakeups import OutboxWrites

# How long a request may wait for a server that is gone before it answers 503.
SELECTION_TIMEOUT_MS: Final = 3_000
SOCKET_TIMEOUT_MS: Final = 20_000


_configured: Final[dict[str, str]] = {}


def connect(url: str) -> None:
    """Name the server for every document class; no socket opens before the first use."""
    _configured["url"] = url
    mongoengine.disconnect()
    mongoengine.connect(
        host=url,
        tz_aware=True,
        connect=False,
        uuidRepresentation="standard",
        serverSelectionTimeoutMS=SELECTION_TIMEOUT_MS,
        connectTimeoutMS=SELECTION_TIMEOUT_MS,
        socketTimeoutMS=SOCKET_TIMEOUT_MS,
        retryWrites=False,  # the embedded engine has no sessions
        event_listeners=[OutboxWrites()],
    )


def _renew_after_fork() -> None:
    """Give a forked child a client of its own: sockets shared with the parent mix up answers."""
    if _configured:
        connect(_configured["url"])


os.register_at_fork(after_in_child=_renew_after_fork)


def database() -> Database[dict[str, Any]]:
    """Return the database of the configured URL, for projections on hot paths."""
    found: Database[dict[str, Any]] = mongoengine.get_db()
    return found


def is_embedded() -> bool:
    """Tell nx-27017 from MongoDB: it breaks on indexes that end in `_id`."""
    return database().client.admin.command("buildInfo").get("process") == "nx_27017"


def ping(url: str, *, timeout_ms: int = 1_000) -> None:
    """Ask the server for a sign of life on a connection of its own.

    Raises:
        ConnectionFailure: nobody answered in time.

    """
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=timeout_ms) as client:
        answer = client.admin.command("ping")
    if not answer.get("ok"):
        raise ConnectionFailure(f"ping answered {answer}")

"""Wake-ups: whoever wrote to an outbox tells the relays at once, through Redis.

Nothing rests on them: a wake-up that is lost costs the relay's poll interval. They are sent by a
listener of the document client, so that no write can forget to.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any, Final

import structlog
from django.conf import settings
from pymongo import monitoring
from redis import Redis
from redis.exceptions import RedisError
from typing_extensions import override

log = structlog.get_logger()

KEY: Final = "relay:wake"
# More tell no relay anything new; without a relay they are gone after a minute.
MOST: Final = 1_000
LASTS_S: Final = 60
# A request never waits longer than this for a relay's sake; then none tries for a while.
SEND_S: Final = 0.1
REST_S: Final = 5.0

# A relay that asks gets an answer within this; longer than any `up_to_s`.
READ_S: Final = 4.0

_rest: Final = {"until": 0.0}
_clients: Final[dict[tuple[str, float], Redis]] = {}
_lock: Final = threading.Lock()


def wake(collection: str) -> bool:
    """Tell the relays that a collection has something to announce; say whether it was told."""
    if time.monotonic() < _rest["until"]:
        return False
    try:
        pipe = _client(SEND_S).pipeline(transaction=False)
        pipe.lpush(KEY, collection)
        pipe.ltrim(KEY, 0, MOST - 1)
        pipe.expire(KEY, LASTS_S)
        pipe.execute()
    except RedisError as away:
        _rest["until"] = time.monotonic() + REST_S
        log.warning("relays are not woken", error=str(away)[:200])
        return False
    return True


def wait(*, up_to_s: float) -> set[str] | None:
    """Return the collections that were written to, as soon as there are some; else an empty set.

    Returns None at once where Redis does not answer: then only polling finds what waits.
    """
    client = _client(READ_S)
    try:
        # 0 would be for ever
        first: Any = client.blpop([KEY], timeout=max(0.01, up_to_s))
        if first is None:
            return set()
        pipe = client.pipeline(transaction=True)
        pipe.lrange(KEY, 0, -1)
        pipe.delete(KEY)
        rest, _ = pipe.execute()
    except RedisError:
        return None
    return {name.decode() for name in (first[1], *rest)}


def announces(name: str, command: Mapping[str, Any]) -> bool:
    """Say whether a command of the document server writes into an outbox."""
    if name == "insert":
        return any(document.get("outbox") for document in command["documents"])
    if name == "update":
        return any(_fills(one["u"]) for one in command["updates"])
    return name == "findAndModify" and _fills(command.get("update"))


def _fills(change: Any) -> bool:
    if not isinstance(change, Mapping):
        return False
    return "outbox" in change.get("$push", ()) or bool(
        change.get("$set", {}).get("outbox") or change.get("outbox")
    )


class OutboxWrites(monitoring.CommandListener):
    """Wakes the relays after each write that announces and took effect."""

    def __init__(self) -> None:
        self._begun: dict[int, str] = {}  # request id → collection

    @override
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if announces(event.command_name, event.command):
            self._begun[event.request_id] = event.command[event.command_name]

    @override
    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        collection = self._begun.pop(event.request_id, None)
        if collection is not None and _took_effect(event.reply):
            wake(collection)

    @override
    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._begun.pop(event.request_id, None)


def _took_effect(reply: Mapping[str, Any]) -> bool:
    """Say so unless the server counted nothing: then the write lost to another one."""
    counted = reply.get("lastErrorObject") or reply
    return bool(counted.get("n", 1))


def _client(timeout_s: float) -> Redis:
    """Return a client of the state server; its pool notices forks."""
    key = (settings.REDIS_STATE_URL, timeout_s)
    with _lock:
        if key not in _clients:
            _clients[key] = Redis.from_url(
                settings.REDIS_STATE_URL,
                socket_timeout=timeout_s,
                socket_connect_timeout=min(timeout_s, 1.0),
            )
        return _clients[key]

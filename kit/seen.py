"""Which subscriber had which event, remembered in Redis for a while.

It saves a second effect where a message comes twice. It holds no promise: while Redis is away
nobody remembers anything, and subscribers are safe to run twice.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import structlog
from django_redis import get_redis_connection
from redis.exceptions import RedisError

log = structlog.get_logger()

# Longer than a broker holds a message back; about 120 bytes an event and subscriber.
KEPT_S: Final = 24 * 3600
# How long a server that did not answer is not asked again: each event would wait for it.
REST_S: Final = 5.0


class Seen:
    """The memory of one context. `event_id` may name a delivery of its own, as a replay does."""

    def __init__(self, context: str) -> None:
        self._context = context
        self._rests_until = 0.0  # monotonic

    def known(self, event_id: str, subscribers: Sequence[str]) -> set[str]:
        """Return those subscribers that had the event."""
        if not subscribers or self._is_resting():
            return set()
        try:
            found = get_redis_connection("state").mget(
                [self._key(event_id, name) for name in subscribers]
            )
        except RedisError as away:
            self._rest(away)
            return set()
        return {name for name, had in zip(subscribers, found, strict=True) if had}

    def add(self, event_id: str, subscriber: str) -> None:
        if self._is_resting():
            return
        try:
            get_redis_connection("state").set(self._key(event_id, subscriber), 1, ex=KEPT_S)
        except RedisError as away:
            self._rest(away)

    def _key(self, event_id: str, subscriber: str) -> str:
        return f"seen:{self._context}:{subscriber}:{event_id}"

    def _is_resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self, away: RedisError) -> None:
        self._rests_until = time.monotonic() + REST_S
        log.warning("delivering without memory", context=self._context, error=str(away)[:200])

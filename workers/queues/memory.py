"""What looks at the queues leave for the next one, in Redis; losing it costs rates, not truth."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Final

from django_redis import get_redis_connection
from redis.exceptions import RedisError

from workers.queues.contracts import Look, Seen

KEY: Final = "queues:looks"
# Whoever looks more often than this looks at the same memory: rates need looks that lie apart.
KEPT_APART_S: Final = 5.0
KEPT: Final = 2
LASTS_S: Final = 3_600


def recall() -> list[Look]:
    """Return the last looks, the oldest first; none where nobody can tell."""
    try:
        kept = json.loads(get_redis_connection("state").get(KEY) or b"[]")
        return [
            Look(one["at"], {name: Seen(**seen) for name, seen in one["queues"].items()})
            for one in kept
        ]
    except (RedisError, KeyError, TypeError, ValueError):
        return []


def keep(looks: list[Look], new: Look) -> None:
    if looks and new.at - looks[-1].at < KEPT_APART_S:
        return
    kept = [asdict(one) for one in (*looks, new)[-KEPT:]]
    try:
        get_redis_connection("state").set(KEY, json.dumps(kept), ex=LASTS_S)
    except RedisError:
        return

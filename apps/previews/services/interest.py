"""Which lives somebody looks at, as cards are served: only those are kept fresh.

Kept in Redis and gone by itself. A note that is lost costs one refresh.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Final

from django_redis import get_redis_connection
from redis.exceptions import RedisError

# Somebody who looked at a card still does, or has scrolled back to it.
LASTS_S: Final = 60.0
_LOOKED: Final = "previews:looked"


def note(broadcast_ids: Iterable[str]) -> None:
    """Say that cards of these broadcasts are shown to somebody now."""
    now = time.time()
    seen = dict.fromkeys(broadcast_ids, now)
    if not seen:
        return
    try:
        pipe = get_redis_connection("state").pipeline(transaction=False)
        pipe.zadd(_LOOKED, seen)
        pipe.zremrangebyscore(_LOOKED, 0, now - LASTS_S)
        pipe.execute()
    except RedisError:
        return


def looked_at(broadcast_ids: Sequence[str]) -> list[str]:
    """Return those that somebody looks at; all of them while Redis cannot tell."""
    try:
        looked = get_redis_connection("state").zrangebyscore(
            _LOOKED, time.time() - LASTS_S, "+inf"
        )
    except RedisError:
        return list(broadcast_ids)
    ids = {one.decode() for one in looked}
    return [one for one in broadcast_ids if one in ids]

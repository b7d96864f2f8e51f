"""A lock in Redis: held by one at a time, renewed while its holder lives, free soon after."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import structlog
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from kit.ids import new_id

log = structlog.get_logger()

LASTS_S: Final = 10
RENEW_S: Final = 3.0
# Both act only where the lease is still ours (redis.io, SET: "pattern for locking").
RELEASE: Final = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end"
RENEW: Final = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then "
    "return redis.call('expire', KEYS[1], ARGV[2]) else return 0 end"
)


@contextmanager
def held(name: str) -> Iterator[bool]:
    """Hold a lock for the block; yield False where somebody else holds it.

    A holder that is killed loses it within LASTS_S. One that Redis cannot reach for so long loses
    it too and is not told: what must not happen twice needs a fence of its own.
    """
    redis, holder, over = get_redis_connection("state"), new_id(), threading.Event()
    if not redis.set(f"lock:{name}", holder, nx=True, ex=LASTS_S):
        yield False
        return
    renewing = threading.Thread(target=_renew, args=(redis, name, holder, over), daemon=True)
    renewing.start()
    try:
        yield True
    finally:
        over.set()
        renewing.join()
        with suppress(RedisError):  # it ends by itself, and what the block raised counts more
            redis.eval(RELEASE, 1, f"lock:{name}", holder)


def _renew(redis: Any, name: str, holder: str, over: threading.Event) -> None:
    while not over.wait(RENEW_S):
        try:
            if not redis.eval(RENEW, 1, f"lock:{name}", holder, LASTS_S):
                log.warning("lock lost", lock=name)
                return
        except RedisError as away:
            log.warning("lock not renewed", lock=name, error=str(away)[:200])

"""Signs of life of processes that answer no socket, in Redis, gone by themselves."""

from __future__ import annotations

import time
from typing import Final

from django_redis import get_redis_connection
from redis.exceptions import RedisError

LASTS_S: Final = 30


def show_life(name: str) -> None:
    """Say that a process goes round; losing one sign is harmless, so a failure is silent."""
    try:
        get_redis_connection("state").set(f"alive:{name}", int(time.time()), ex=LASTS_S)
    except RedisError:
        return


def is_alive(name: str) -> bool:
    """Say whether a process showed life within LASTS_S.

    Raises:
        RedisError: nobody can tell.

    """
    return bool(get_redis_connection("state").exists(f"alive:{name}"))

"""Leases on documents, in Redis: who works on one at the moment, gone by themselves.

They save work and hold no promise: while Redis is away everybody has every lease.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog
from django_redis import get_redis_connection
from redis.exceptions import RedisError

log = structlog.get_logger()

# The braces keep all leases in one slot of a cluster, so that a script may see several.
_PREFIX: Final = "lease:{outbox}"
# KEYS: leases. ARGV: holder, milliseconds. Returns 1 for each that the holder has now.
_TAKE: Final = """
local taken = {}
for number, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if not holder or holder == ARGV[1] then
    redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
    taken[number] = 1
  else
    taken[number] = 0
  end
end
return taken
"""
_RELEASE: Final = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
"""


class Leases:
    """The leases of one holder, each for `lasts_s` seconds unless it is given back before."""

    def __init__(self, holder: str, *, lasts_s: float) -> None:
        self._holder = holder
        self._lasts_ms = int(lasts_s * 1000)

    def take(self, collection: str, ids: Sequence[str]) -> list[str]:
        """Return those ids that nobody else holds; they are this holder's from now on."""
        if not ids:
            return []
        try:
            taken = get_redis_connection("state").eval(
                _TAKE, len(ids), *_keys(collection, ids), self._holder, self._lasts_ms
            )
        except RedisError as away:
            log.warning("relaying without leases", error=str(away)[:200])
            return list(ids)
        return [one for one, is_ours in zip(ids, taken, strict=True) if is_ours]

    def release(self, collection: str, ids: Sequence[str]) -> None:
        """Give leases back; those of others stay. A failure is silent, as they end anyway."""
        if not ids:
            return
        try:
            get_redis_connection("state").eval(
                _RELEASE, len(ids), *_keys(collection, ids), self._holder
            )
        except RedisError:
            return


def _keys(collection: str, ids: Sequence[str]) -> list[str]:
    return [f"{_PREFIX}:{collection}:{one}" for one in ids]

"""TokenShelf in a cache of Django's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.cache import caches
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError
from typing_extensions import override

from apps.notifications.errors import ShelfDown
from apps.notifications.ports import TokenShelf


@dataclass(frozen=True, slots=True)
class CacheShelf(TokenShelf):
    """Keeps tokens in the cache of this alias, which every process of the fleet reaches."""

    alias: str = "state"

    @override
    def find(self, name: str) -> tuple[str, int] | None:
        with _translated():
            kept: tuple[str, int] | None = caches[self.alias].get(f"push-token:{name}")
        return kept

    @override
    def keep(self, name: str, token: str, *, minted_at: int, ttl_s: int) -> None:
        with _translated():
            caches[self.alias].set(f"push-token:{name}", (token, minted_at), ttl_s)
            caches[self.alias].delete(f"push-token-claim:{name}")

    @override
    def drop(self, name: str) -> None:
        with _translated():
            caches[self.alias].delete(f"push-token:{name}")

    @override
    def claim(self, name: str, *, for_s: int) -> bool:
        with _translated():
            return bool(caches[self.alias].add(f"push-token-claim:{name}", 1, for_s))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (ConnectionInterrupted, RedisError) as lost:
        raise ShelfDown(why=type(lost).__name__) from lost

"""What a process keeps in memory and may drop at any time: `@purgeable` over `@cache`.

Marked are only caches of what may change under a running process, as a credential file that was
rotated. What is made of settings stays: they do not change before the next start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TypeVar, cast


class Cached(Protocol):
    """A function under `functools.cache` or `lru_cache`."""

    __module__: str
    __qualname__: str

    def cache_clear(self) -> None: ...


F = TypeVar("F", bound=Callable[..., object])
REGISTRY: Final[dict[str, Cached]] = {}


def purgeable(function: F) -> F:
    """Let `purge` empty this cache; whoever still uses what it held keeps it until done."""
    cached = cast("Cached", function)
    REGISTRY[f"{cached.__module__}.{cached.__qualname__}"] = cached
    return function


def purge() -> list[str]:
    """Empty every purgeable cache of this process; return their names."""
    for cached in REGISTRY.values():
        cached.cache_clear()
    return sorted(REGISTRY)

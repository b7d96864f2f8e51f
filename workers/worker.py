"""How a Celery worker is started for some pools, from the one table in `workers.topology`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kit.errors import NotFound
from workers import topology
from workers.topology import Pool

BY_NAME: Final = {pool.name: pool for pool in topology.POOLS}


class PoolNotFound(NotFound):
    code = "pool-not-found"
    sentence = "There is no pool {name}. There are: {known}."


def combine(names: Sequence[str]) -> Pool:
    """Return how one worker serves several pools: as carefully as the most careful of them.

    Raises:
        PoolNotFound: one of the names is none of the table's.

    """
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise PoolNotFound(name=unknown[0], known=", ".join(BY_NAME))
    pools = [BY_NAME[name] for name in names]
    return Pool(
        name=",".join(names),
        execution="prefork" if any(one.execution == "prefork" for one in pools) else "threads",
        concurrency=max(one.concurrency for one in pools),
        prefetch=min(one.prefetch for one in pools),
        soft_limit_s=max(one.soft_limit_s for one in pools),
        max_memory_mb=max(one.max_memory_mb for one in pools),
    )


def command_line(pool: Pool, *, name: str) -> list[str]:
    """Return the arguments of `celery` for a worker of a pool."""
    shared = [
        *("worker", "--queues", pool.name, "--hostname", f"{name}@%h"),
        *("--pool", pool.execution, "--concurrency", str(pool.concurrency)),
        *("--prefetch-multiplier", str(pool.prefetch)),
        # nothing here listens to other workers; a thousand of them would only talk
        *("--without-gossip", "--without-mingle"),
    ]
    if pool.execution != "prefork":
        return shared  # a thread can be neither killed nor measured
    return [
        *shared,
        *("--soft-time-limit", str(pool.soft_limit_s), "--time-limit", str(pool.hard_limit_s)),
        *("--max-memory-per-child", str(pool.max_memory_mb * 1024)),
    ]


def changed(pool: Pool, *, execution: str | None, concurrency: int | None) -> Pool:
    """Return a pool as an operator wants it on this machine."""
    return replace(
        pool,
        execution=execution or pool.execution,
        concurrency=concurrency or pool.concurrency,
    )

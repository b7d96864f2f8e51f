"""`workers.rss_mb`: an idle child of our prefork worker beside one of a plain Celery worker.

Resident memory as the kernel counts it for the child alone. It includes the pages that it shares
with its parent, so it does not depend on how many siblings share them, and a worker of many
children needs less than the sum.
"""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from typing import Final

import psutil

from bench.processes import Actor, Failed
from bench.rounds import progress
from bench.rows import Row
from bench.tasks import a_worker
from workers import worker

POOL: Final = "streams"
SETTLE_S: Final = 3.0  # a child connects to the broker, to hear notices, after it was forked


def measure() -> list[Row]:
    with ExitStack() as stack:
        ours, plain = (
            stack.enter_context(a_worker(role, POOL, tasks=1)) for role in ("ours", "plain")
        )
        time.sleep(SETTLE_S)
        value, baseline = _child_mb(ours), _child_mb(plain)
    return [
        Row(
            name="workers.rss_mb",
            value=value,
            unit="MB",
            baseline=baseline,
            baseline_name="RSS of an idle prefork child of a plain Celery worker, no Django",
            goal=2.5,
            better="lower",
        )
    ]


def _child_mb(parent: Actor) -> float:
    held = children_rss(parent.pid)
    if len(held) != worker.BY_NAME[POOL].concurrency:
        raise Failed(f"the worker has {len(held)} children")
    progress(f"workers.rss_mb  {', '.join(f'{each / 1e6:.1f}' for each in held)} MB")
    return statistics.median(held) / 1e6


def children_rss(pid: int) -> list[int]:
    """Return the resident bytes of each child of a process."""
    return [child.memory_info().rss for child in psutil.Process(pid).children()]

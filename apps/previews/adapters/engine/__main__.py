"""`python -m apps.previews.adapters.engine <job>`: one job in, one JSON answer on stdout."""

from __future__ import annotations

import json
import resource
import signal
import sys
from dataclasses import asdict
from typing import Any

from apps.previews.adapters.engine import memory
from apps.previews.adapters.engine.job import Job, Limits
from apps.previews.errors import MediaRefused, TooLarge
from apps.previews.ports import Made


def main(argument: str) -> None:
    job = Job.load(argument)
    confine(job.limits)
    try:
        answer: dict[str, Any] = {"made": asdict(_make(job))}
    except MediaRefused as refused:
        answer = {"refused": refused.code, "detail": refused.facts["detail"]}
    json.dump(answer, sys.stdout)


def confine(limits: Limits) -> None:
    """Give up the right to cost more than the limits, before any library is loaded."""
    # If the parent dies, nobody is left to keep the time: the alarm kills us then.
    signal.alarm(limits.wall_s + 5)
    _limit(resource.RLIMIT_CPU, limits.cpu_s, grace=5)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_FSIZE, limits.output_bytes)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(what: int, most: int, *, grace: int = 0) -> None:
    """Lower a limit for good; the kill that names no reason comes only after the grace."""
    _, hard = resource.getrlimit(what)
    highest = most + grace if hard == resource.RLIM_INFINITY else min(most + grace, hard)
    resource.setrlimit(what, (min(most, highest), highest))


def _make(job: Job) -> Made:
    # Loaded only now: what these libraries do, they do within the limits.
    from apps.previews.adapters.engine import make  # noqa: PLC0415

    try:
        return make.make(job)
    except Exception as failure:
        # Without memory every library fails in words of its own; few say what it was.
        if isinstance(failure, MemoryError) or memory.is_short(job.limits.memory_bytes):
            raise TooLarge(detail="decoding it needs too much memory") from failure
        raise


if __name__ == "__main__":
    main(sys.argv[1])

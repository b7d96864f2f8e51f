"""One job, alone in its process, within limits the kernel keeps: one JSON answer on stdout."""

from __future__ import annotations

import json
import resource
import signal
import sys
import traceback
from dataclasses import asdict
from typing import Any

from apps.previews.adapters.engine import make, memory
from apps.previews.adapters.engine.job import Job, Limits
from apps.previews.errors import MakerDown, MediaRefused, TooLarge, UnsupportedCodec


def run(order: str) -> None:
    """Do one job and print its answer, after a line for each percent done."""
    job = Job.load(order)
    confine(job.limits)
    try:
        answer = _make(job)
    except MediaRefused as refused:
        answer = {"refused": refused.code, "detail": refused.facts["detail"]}
    except MakerDown as down:
        answer = {"down": down.facts["detail"]}
    except (OSError, ImportError):
        raise  # of the machine or the installation: another try may help
    except Exception as stumble:  # noqa: BLE001 (the same bytes would do it again, twenty times)
        detail = f"we stumbled over it ({type(stumble).__name__})"
        answer = {"refused": UnsupportedCodec.code, "detail": detail}
        answer["trace"] = traceback.format_exc()
    _say(answer)


def confine(limits: Limits) -> None:
    """Give up the right to cost more than the limits."""
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


def _make(job: Job) -> dict[str, Any]:
    try:
        made, board = make.make(job, _Progress())
    except Exception as failure:
        # Without memory every library fails in words of its own; few say what it was.
        if isinstance(failure, MemoryError) or memory.is_short(job.limits.memory_bytes):
            raise TooLarge(detail="decoding it needs too much memory") from failure
        raise
    return {"made": asdict(made), "board": asdict(board) if board else None}


class _Progress:
    """Says each whole percent once."""

    said = 0

    def __call__(self, share: float) -> None:
        if int(100 * share) > self.said:
            self.said = int(100 * share)
            _say({"done": self.said / 100})


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()

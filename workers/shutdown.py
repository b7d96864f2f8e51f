"""SIGTERM to a worker: finish what runs, within bounds, and hand back the rest.

Celery's warm shutdown takes as long as the longest task. Its cold one hands unfinished messages
back at once, and kills the children that worked on them. So a warm one turns cold after
WORKER_FINISH_S, and a process that still is not gone (a thread cannot be killed) ends
`LEAVE_AFTER_S` later: with the defaults a deploy waits for less than a minute.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Any, Final

import structlog
from celery.worker import state
from django.conf import settings

log = structlog.get_logger()

LEAVE_AFTER_S: Final = 10.0


def bound(how: str, **_: Any) -> None:
    """Start the clock (signal `worker_shutting_down`)."""
    finish_s = settings.WORKER_FINISH_S if how == "Warm" else 0
    if finish_s:
        _after(finish_s, _turn_cold)
    _after(finish_s + LEAVE_AFTER_S, _leave)


def _after(seconds: float, act: Any) -> None:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


def _turn_cold() -> None:
    log.warning("tasks are handed back", running=[one.name for one in state.active_requests])
    os.kill(os.getpid(), signal.SIGQUIT)


def _leave() -> None:
    log.warning("ended with tasks running", running=[one.name for one in state.active_requests])
    os._exit(os.EX_TEMPFAIL)

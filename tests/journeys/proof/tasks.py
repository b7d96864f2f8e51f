"""Each task has its effect under its idempotency key; some end badly, whoever tries."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from celery import shared_task

from kit.errors import Unavailable
from kit.slices import SlicedTask
from kit.tasks import UrgentTask
from tests.journeys.proof.effects import leave


class Asleep(Unavailable):
    code = "asleep-in-a-proof"
    sentence = "Not now."


@shared_task(name="streams.proof.quick", bind=True)
def quick(self: Any, *, what: str) -> None:
    leave(what, key=self.idempotency_key)


@shared_task(name="streams.proof.doze", bind=True)
def doze(self: Any, *, what: str, seconds: float) -> None:
    time.sleep(seconds)
    leave(what, key=self.idempotency_key)


@shared_task(name="default.proof.wait", bind=True)
def wait(self: Any, *, what: str, seconds: float = 0) -> None:
    """Do as `doze` does, in a pool of threads."""
    time.sleep(seconds)
    leave(what, key=self.idempotency_key)


@shared_task(name="push.urgent.proof.hurry", base=UrgentTask, bind=True)
def hurry(self: Any, *, what: str) -> None:
    leave(what, key=self.idempotency_key)


@shared_task(name="default.proof.stumble", bind=True)
def stumble(self: Any, *, what: str, times: int) -> None:
    """Fail for a passing reason some times."""
    if self.request.retries < times:
        raise Asleep
    leave(what, key=self.idempotency_key)


@shared_task(name="streams.proof.pass_on", bind=True)
def pass_on(self: Any, *, what: str) -> None:
    """Have an effect, and queue a task that has another."""
    leave(what, key=self.idempotency_key)
    wait.delay(what=f"{what} passed on")


@shared_task(name="streams.proof.slice", base=SlicedTask, bind=True)
def slice_(self: Any, *, what: str, slices: int) -> bool:
    number = int(getattr(self.request, "slice", None) or 1)
    time.sleep(0.02)
    leave(f"{what} slice {number}", key=f"{self.idempotency_key}/{number}")
    return number < slices


@shared_task(name="streams.proof.fail")
def fail(*, what: str) -> None:
    raise ZeroDivisionError(f"no way to divide {what}")


@shared_task(name="streams.proof.die")
def die(*, what: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="streams.proof.overstay", soft_time_limit=1, time_limit=2)
def overstay(*, what: str) -> None:
    while True:
        with suppress(SoftTimeLimitExceeded):
            time.sleep(60)

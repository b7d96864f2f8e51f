"""Each task leaves its mark in Redis: list `done:<mark>` gets the key of every effect."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from celery import shared_task
from django_redis import get_redis_connection

from kit.children import bound_to_us
from kit.errors import Unavailable
from kit.slices import SlicedTask

LASTS = bound_to_us(["/bin/sleep", "600"])


class Asleep(Unavailable):
    code = "asleep-in-a-test"
    sentence = "Not now."


def leave(kind: str, mark: str, key: str) -> None:
    get_redis_connection("state").rpush(f"{kind}:{mark}", key)


def count(kind: str, mark: str) -> int:
    return int(get_redis_connection("state").incr(f"{kind}:{mark}"))


@shared_task(name="default.odd.mark", bind=True)
def mark(self: Any, *, mark: str, number: int = 0) -> None:
    leave("done", mark, self.idempotency_key)


@shared_task(name="default.odd.doze", bind=True)
def doze(self: Any, *, mark: str, seconds: float) -> None:
    leave("begun", mark, self.idempotency_key)
    time.sleep(seconds)
    leave("done", mark, self.idempotency_key)


@shared_task(name="default.odd.fail")
def fail(*, mark: str) -> None:
    count("tries", mark)
    raise ZeroDivisionError(f"no way to divide {mark}")


@shared_task(name="default.odd.wait_for", bind=True)
def wait_for(self: Any, *, mark: str, times: int, retry_after_s: float = 0) -> None:
    """Fail for a passing reason some times, as a provider does that names a moment."""
    get_redis_connection("state").rpush(f"moments:{mark}", time.time())
    if count("tries", mark) <= times:
        raise Asleep(retry_after_s=retry_after_s)
    leave("done", mark, self.idempotency_key)


@shared_task(name="default.odd.die", bind=True)
def die(self: Any, *, mark: str) -> None:
    """End its process, unless somebody mended it meanwhile."""
    redis = get_redis_connection("state")
    redis.incr(f"tries:{mark}")
    if not redis.exists(f"mended:{mark}"):
        os.kill(os.getpid(), signal.SIGKILL)
    leave("done", mark, self.idempotency_key)


@shared_task(name="default.odd.overstay", soft_time_limit=1, time_limit=2)
def overstay(*, mark: str) -> None:
    """Run a program past the hard limit; its number is left for the test to look for."""
    with subprocess.Popen(LASTS) as child:  # noqa: S603
        get_redis_connection("state").set(f"child:{mark}", child.pid)
        while True:
            with suppress(SoftTimeLimitExceeded):
                child.wait()


@shared_task(name="default.odd.die_with_child")
def die_with_child(*, mark: str) -> None:
    with subprocess.Popen(LASTS) as child:  # noqa: S603
        get_redis_connection("state").set(f"child:{mark}", child.pid)
        child.wait()


@shared_task(name="default.odd.crawl", base=SlicedTask)
def crawl(*, mark: str, steps: int) -> bool:
    """Go one step in each slice; every step of a second leaves its number."""
    step = count("steps", mark)
    time.sleep(1)
    leave("done", mark, str(step))
    return step < steps

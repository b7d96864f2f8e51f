"""The clock's scheduler: any number of beats run, and each tick is sent by one of them.

A tick is claimed in Redis before it is sent. The claim lasts for most of the tick's period and
then goes by itself, so there is no leader to elect and none to lose (docs/adr/0010).
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from celery.beat import ScheduleEntry, Scheduler, SchedulingError
from django_redis import get_redis_connection
from redis.exceptions import RedisError
from typing_extensions import override

log = structlog.get_logger()

# A claim ends a little before its sender comes again, as clocks and loops jitter.
CLAIM_SHARE: Final = 0.9
# The others come this much of a period after the sender would have, so that it stays the sender.
LATE_SHARE: Final = 0.1
MAX_LATE_S: Final = 10.0
ASK_AGAIN_S: Final = 1.0
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
ME: Final = f"{socket.gethostname()}:{os.getpid()}"


class ClaimedTicks(Scheduler):
    """Sends what is due and nobody else has sent in this period.

    It keeps nothing on disk: what was sent when stands in Redis. While Redis is away nothing is
    sent, as nobody could say who else sends, and the clock goes on once it is back.
    """

    _is_away = False

    @override
    def setup_schedule(self) -> None:
        super().setup_schedule()
        # A restart must neither delay a long period nor send early: the claims know.
        for entry in self.schedule.values():
            entry.last_run_at = LONG_AGO

    @override
    def populate_heap(self, *args: Any, **options: Any) -> None:
        super().populate_heap(*args, **options)
        log.info("beat ready", ticks=len(self.schedule))

    @override
    def is_due(self, entry: ScheduleEntry) -> tuple[bool, float]:
        """Say whether to send now, and in how many seconds to ask again."""
        due, next_s = super().is_due(entry)
        if not due:
            return due, next_s
        wait_s = self._claim(str(entry.name), period_s=next_s)
        return (True, next_s) if wait_s is None else (False, wait_s)

    @override
    def apply_async(self, entry: ScheduleEntry, *args: Any, **options: Any) -> Any:
        """Send one task; where it cannot leave, let another beat try, as it may have a broker.

        Raises:
            SchedulingError: it was not sent.

        """
        try:
            return super().apply_async(entry, *args, **options)
        except SchedulingError:
            with suppress(RedisError):
                get_redis_connection("state").delete(_key(str(entry.name)))
            raise

    def _claim(self, name: str, *, period_s: float) -> float | None:
        """Return None where the tick is ours to send, else in how many seconds to ask again."""
        try:
            left_s = _left_s(name, lasts_s=period_s * CLAIM_SHARE)
        except RedisError as away:
            self._note_away(str(away)[:200])
            return ASK_AGAIN_S
        self._note_back()
        if left_s is None:
            return None
        rest_s = period_s * (1 - CLAIM_SHARE)
        return left_s + rest_s + min(period_s * LATE_SHARE, MAX_LATE_S)

    def _note_away(self, error: str) -> None:
        if not self._is_away:
            log.warning("beat waits, redis is away", error=error)
        self._is_away = True

    def _note_back(self) -> None:
        if self._is_away:
            log.info("beat goes on, redis is back")
        self._is_away = False


def _left_s(name: str, *, lasts_s: float) -> float | None:
    """Claim a tick; return None, or for how many seconds another's claim still holds.

    Raises:
        RedisError: nobody can tell.

    """
    redis = get_redis_connection("state")
    if redis.set(_key(name), ME, nx=True, px=int(lasts_s * 1_000)):
        return None
    return max(0, int(redis.pttl(_key(name)))) / 1_000


def _key(name: str) -> str:
    return f"beat:{name}"

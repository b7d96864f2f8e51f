"""The viewers of `presence.heartbeats_s`: `bench.on_django bench.audience`."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command

from apps.streams import public as streams
from apps.streams.adapters.redis_presence import patient_for_a_moment
from apps.streams.contracts import Beat
from bench.processes import Failed, obey
from kit.documents import sync_indexes
from kit.ids import new_id
from tests.streams.builders import a_live_broadcast

SESSIONS: Final = 20_000
ROUND: Final = 10_000


class Client:
    """Viewers of one broadcast on air, and the commands to compare them with."""

    def __init__(self) -> None:
        self._beats: Any = iter(())
        self._members = itertools.count()

    def fill(self) -> float:
        """Bring SESSIONS viewers into a broadcast; return how many were counted a second."""
        call_command("migrate", verbosity=0)
        sync_indexes()
        broadcast_id = a_live_broadcast(since=datetime.now(UTC)).broadcast_id
        viewers = [
            partial(
                streams.note_beat,
                broadcast_id=broadcast_id,
                viewer_id=new_id(),
                beat=Beat(
                    session_id=new_id(), watched_ms=10_000, bitrate_bps=2_500_000, rebuffer_ms=80
                ),
            )
            for _ in range(SESSIONS)
        ]
        self._beats = itertools.cycle(viewers)
        return _rate(self._beat, SESSIONS)

    def beat(self) -> float:
        return _rate(self._beat, ROUND)

    def zadd(self) -> float:
        redis = patient_for_a_moment(settings.REDIS_STATE_URL)
        moment = time.time()
        return _rate(lambda: redis.zadd("bench", {f"m{next(self._members)}": moment}), ROUND)

    def _beat(self) -> None:
        if not next(self._beats)().is_counted:
            raise Failed("a heartbeat was not counted")


def _rate(call: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        call()
    return times / (time.perf_counter() - began)


def main() -> None:
    client = Client()
    obey({"fill": client.fill, "beat": client.beat, "zadd": client.zadd})

"""HealthBoard in the state Redis: a short list a broadcast, gone some minutes after its end."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from redis.exceptions import RedisError

from apps.streams.adapters.redis_presence import KEPT_MS, PREFIX, patient_for_a_moment
from apps.streams.contracts import HealthPoint
from apps.streams.errors import AudienceAway
from apps.streams.rules.ingest_health import MOST_POINTS, counters_of

REMEMBERED_S: Final = 600


class RedisHealth:
    """Measurements as JSON, and their counters where heartbeats of viewers are counted."""

    def __init__(self, *, url: str) -> None:
        self._redis = patient_for_a_moment(url)

    def note(self, broadcast_id: str, point: HealthPoint, *, dropped: int) -> None:
        minute, pending = int(point.at.timestamp() // 60), f"{PREFIX}pending:{broadcast_id}"
        pipe = self._redis.pipeline(transaction=True)
        pipe.rpush(_key(broadcast_id), _text(point))
        pipe.ltrim(_key(broadcast_id), -MOST_POINTS, -1)
        pipe.expire(_key(broadcast_id), REMEMBERED_S)
        for name, amount in counters_of(point, dropped=dropped).items():
            pipe.hincrby(pending, f"{minute}|{name}", amount)
        pipe.pexpire(pending, KEPT_MS)
        pipe.sadd(f"{PREFIX}dirty", broadcast_id)
        _ask(pipe.execute)

    def read(self, broadcast_id: str, *, newest: int) -> list[HealthPoint]:
        return [_point(one) for one in _ask(self._redis.lrange, _key(broadcast_id), -newest, -1)]


def _ask(call: Any, *args: Any) -> Any:
    try:
        return call(*args)
    except RedisError as why:
        raise AudienceAway from why


def _key(broadcast_id: str) -> str:
    return f"{PREFIX}health:{broadcast_id}"


def _text(point: HealthPoint) -> str:
    return json.dumps({**asdict(point), "at": point.at.isoformat()})


def _point(text: bytes) -> HealthPoint:
    kept = json.loads(text)
    return HealthPoint(**{**kept, "at": datetime.fromisoformat(kept["at"])})

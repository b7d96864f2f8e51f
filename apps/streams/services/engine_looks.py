"""What the last look at the engine saw, in Redis: bytes of sessions, when it was, what was wrong.

It holds no promise: without it a stall shows later, and an outage is borne for less long.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from django_redis import get_redis_connection

from apps.streams.contracts import EngineLook, EngineSession
from apps.streams.rules.engine_sessions import Count, count, is_stalled

COUNTS: Final = "engine:counts"
LOOK: Final = "engine:look"
COUNTS_KEPT: Final = timedelta(minutes=2)
LOOK_KEPT: Final = timedelta(days=1)


def take_stalled(listed: Iterable[EngineSession], *, now: datetime) -> set[str]:
    """Count what sessions brought since the last look; return those that bring nothing."""
    redis = get_redis_connection("state")
    before = {
        session_id.decode(): _count(kept) for session_id, kept in redis.hgetall(COUNTS).items()
    }
    counted = {one.session_id: count(before.get(one.session_id), one, now) for one in listed}
    with redis.pipeline() as writing:
        writing.delete(COUNTS)
        if counted:
            writing.hset(COUNTS, mapping={key: _kept(one) for key, one in counted.items()})
            writing.expire(COUNTS, COUNTS_KEPT)
        writing.execute()
    return {session_id for session_id, one in counted.items() if is_stalled(one, now)}


def note_look(*, sessions: int, cut: int, now: datetime) -> None:
    """Remember that the engine answered."""
    _write(EngineLook(seen_at=now, tried_at=now, sessions=sessions, cut=cut))


def note_failure(*, why: str, now: datetime) -> EngineLook:
    """Remember that it did not; return what is known, `seen_at` from the last answer."""
    last = find_look()
    look = EngineLook(
        seen_at=last.seen_at if last else None,
        tried_at=now,
        sessions=last.sessions if last else 0,
        error=why,
    )
    _write(look)
    return look


def find_look() -> EngineLook | None:
    kept = get_redis_connection("state").get(LOOK)
    if kept is None:
        return None
    told = json.loads(kept)
    seen_at = told["seen_at"]
    return EngineLook(
        seen_at=datetime.fromisoformat(seen_at) if seen_at else None,
        tried_at=datetime.fromisoformat(told["tried_at"]),
        sessions=told["sessions"],
        cut=told["cut"],
        error=told["error"],
    )


def _write(look: EngineLook) -> None:
    told = {
        "seen_at": look.seen_at and look.seen_at.isoformat(),
        "tried_at": look.tried_at.isoformat(),
        "sessions": look.sessions,
        "cut": look.cut,
        "error": look.error,
    }
    get_redis_connection("state").set(LOOK, json.dumps(told), ex=LOOK_KEPT)


def _kept(counted: Count) -> str:
    return f"{counted.received_bytes} {counted.since.timestamp()}"


def _count(kept: bytes) -> Count:
    received_bytes, since = kept.decode().split()
    return Count(int(received_bytes), datetime.fromtimestamp(float(since), UTC))

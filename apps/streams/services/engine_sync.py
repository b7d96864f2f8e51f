"""The engine and the documents, compared: who publishes, who may, and who is gone.

A poll is the heartbeat of engines that tell nothing by themselves. Hooks of such engines only
start one, so that it does not matter in which order or how often they come.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from django_redis import get_redis_connection

from apps.streams.contracts import EngineSession, EngineSessionSummary
from apps.streams.errors import EngineDown, EngineRefused, StaleSession
from apps.streams.ports import MediaEngine
from apps.streams.queries.engine_sessions import (
    OpenSession,
    find_session_id,
    list_open_sessions,
)
from apps.streams.services import engine_looks, sessions, targets
from apps.streams.services.engine_poll import EngineParts, Poll, Synced, Terms
from kit import locks
from kit.ids import id_of

log = structlog.get_logger()

LOCK: Final = "streams.poll_engine"
AGAIN: Final = "engine:again"
# While an engine cannot be asked nobody knows better than its last answer: viewers may well still
# watch. After this long the leases lapse.
BENEFIT_OF_DOUBT: Final = timedelta(minutes=5)


def poll(*, parts: EngineParts, terms: Terms, clock: Callable[[], datetime]) -> Synced:
    """Compare once; whoever finds a poll running has it look once more, and returns at once.

    An engine that does not answer, or refuses us, is written down and no failure of the poll: the
    next one is seconds away, and a dead letter each time would bury the first.
    """
    redis = get_redis_connection("state")
    with locks.held(LOCK) as is_ours:
        if not is_ours:
            redis.set(AGAIN, 1, ex=60)
            return Synced()
        redis.delete(AGAIN)
        synced = _look(parts, terms, clock())
        if redis.getdel(AGAIN):
            more = _look(parts, terms, clock())
            synced.began += more.began
            synced.stopped += more.stopped
            synced.cut += more.cut
            synced.takeovers += more.takeovers
        return synced


def cut(*, broadcast_id: str, engine: MediaEngine) -> None:
    """Cut the session that holds a broadcast; the poll finds any other. Safe to repeat."""
    session_id = find_session_id(broadcast_id=broadcast_id)
    if session_id:
        engine.disconnect(session_id)


def release(*, broadcast_id: str, parts: EngineParts) -> None:
    """Let the engine go of a broadcast that is over. Safe to repeat."""
    cut(broadcast_id=broadcast_id, engine=parts.engine)
    parts.recorder.stop(broadcast_id)
    parts.output.withdraw(broadcast_id)
    targets.withdraw(broadcast_id=broadcast_id, port=parts.targets)


def sync(*, parts: EngineParts, terms: Terms, now: datetime) -> Synced:
    """Compare what the engine lists with what the documents say, and mend the documents.

    Raises:
        EngineDown: no answer in time.
        EngineRefused: a person must act.

    """
    # Read before the engine is asked: what begins in between is no session that is gone.
    known = list_open_sessions()
    listed = parts.engine.list_sessions()
    if parts.engine.is_polled():
        synced = Poll(parts, terms, now, known).run(listed)
        targets.carry_out(
            sessions=synced.running, port=parts.targets, safe=terms.safe, outside=terms.outside
        )
    else:
        synced = _compare(parts, terms, now, known=known, listed=listed)
    synced.is_seen = True
    engine_looks.note_look(sessions=len(listed), cut=synced.cut, now=now)
    return synced


def _look(parts: EngineParts, terms: Terms, now: datetime) -> Synced:
    try:
        return sync(parts=parts, terms=terms, now=now)
    except (EngineDown, EngineRefused) as down:
        look = engine_looks.note_failure(why=str(down), now=now)
        log.warning("engine not seen", why=str(down), last_seen_at=str(look.seen_at))
        if look.seen_at is not None and now - look.seen_at < BENEFIT_OF_DOUBT:
            _hold(terms, now, is_polled=parts.engine.is_polled())
        return Synced(is_seen=False)


def _hold(terms: Terms, now: datetime, *, is_polled: bool) -> None:
    """Renew what was on air at the last answer; engines with hooks renew by themselves."""
    for row in list_open_sessions() if is_polled else []:
        if row.state != "live" or row.lease_until is None or row.lease_until <= now:
            continue
        try:
            sessions.renew_session(
                broadcast_id=row.broadcast_id, epoch=row.epoch, lease_s=terms.lease_s, now=now
            )
        except StaleSession:
            continue


def _compare(
    parts: EngineParts,
    terms: Terms,
    now: datetime,
    *,
    known: list[OpenSession],
    listed: list[EngineSession],
) -> Synced:
    """Mend what a lost hook left behind. Who is missing is left to the lease.

    An engine with hooks lists a session some time after it was let in, so that a missing one may
    be about to begin; the lease of one that is gone lapses by itself.
    """
    synced, rows = Synced(), {row.broadcast_id: row for row in known}
    for session in listed:
        row = rows.get(session.broadcast_id)
        if row is None or row.is_over or row.epoch > session.epoch:
            parts.engine.disconnect(session.session_id)
            synced.cut += 1
        elif row.state != "live" and row.epoch == session.epoch and _plays(parts, session):
            sessions.start_session(
                broadcast_id=row.broadcast_id,
                epoch=row.epoch,
                lease_s=terms.lease_s,
                now=now,
                rules=terms.rules,
            )
            synced.began.append(row.broadcast_id)
    return synced


def _plays(parts: EngineParts, session: EngineSession) -> bool:
    return (
        session.received_bytes > 0
        and parts.files.find_segments(session.broadcast_id, newest=1) is not None
    )


def summarize(listed: list[EngineSession]) -> list[EngineSessionSummary]:
    """Return connections without their keys."""
    held = {row.session_id: row.broadcast_id for row in list_open_sessions()}
    return [
        EngineSessionSummary(
            id=id_of(one.session_id),
            broadcast_id=one.broadcast_id or held.get(one.session_id, ""),
            started_at=one.started_at,
            received_bytes=one.received_bytes,
            is_recorded=one.is_recorded,
        )
        for one in listed
    ]


def cut_listed(*, row_id: str, engine: MediaEngine) -> None:
    """Cut the connection that `summarize` gave this id; one that is gone is no failure."""
    for one in engine.list_sessions():
        if id_of(one.session_id) == row_id:
            engine.disconnect(one.session_id)

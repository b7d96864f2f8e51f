"""How an encoder does: noted with its heartbeats, read by its owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from apps.streams.contracts import IngestHealth
from apps.streams.errors import AudienceAway
from apps.streams.ports import EngineStatistics, HealthBoard
from apps.streams.queries.engine_sessions import list_open_sessions
from apps.streams.rules.ingest_health import MOST_POINTS, dropped_between, point_of, warnings_of

log = structlog.get_logger()


def note_health(
    *, broadcast_id: str, measured: Mapping[str, float], board: HealthBoard, now: datetime
) -> None:
    """Keep what an ingest measured. A store that is away must not end a broadcast."""
    point = point_of(measured, at=now)
    try:
        before = board.read(broadcast_id, newest=1)
        board.note(broadcast_id, point, dropped=dropped_between(next(iter(before), None), point))
    except AudienceAway as away:
        log.warning("ingest health not kept", broadcast_id=broadcast_id, error=str(away))


def measure(
    *, statistics: EngineStatistics, board: HealthBoard, clock: Callable[[], datetime]
) -> int:
    """Note what a polled engine measures of the encoders on air; return of how many.

    Raises:
        EngineDown: no answer in time; the next round asks again.

    """
    on_air = {row.session_id: row.broadcast_id for row in list_open_sessions() if row.is_live}
    found = statistics.measure(on_air) if on_air else {}
    for session_id, measured in found.items():
        note_health(broadcast_id=on_air[session_id], measured=measured, board=board, now=clock())
    return len(found)


def get_health(*, broadcast_id: str, board: HealthBoard) -> IngestHealth:
    """Return the last minutes of an encoder; unknown where nothing was told in them.

    Raises:
        AudienceAway: the store does not answer.

    """
    points = board.read(broadcast_id, newest=MOST_POINTS)
    warnings = warnings_of(points)
    state = "unknown" if not points else "poor" if warnings else "good"
    return IngestHealth(
        broadcast_id=broadcast_id,
        state=state,
        latest=points[-1] if points else None,
        series=points,
        warnings=warnings,
    )

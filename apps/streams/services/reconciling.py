"""The sweeper's half of the ledger: what stalled is driven again, and who must hear of it does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from apps.streams.contracts import DueWork
from apps.streams.documents.clips import Clip
from apps.streams.documents.recordings import Recording
from apps.streams.errors import BroadcastNotFound
from apps.streams.queries.broadcasts import get_broadcast
from apps.streams.queries.clips import list_due as list_due_clips
from apps.streams.queries.recordings import list_due
from apps.streams.rules.recordings import is_late, pause_before

log = structlog.get_logger()

LIMIT: Final = 100
# A broadcast that is on air is looked at once more after this long; nothing stalled there.
ON_AIR_PAUSE: Final = timedelta(minutes=2)


def claim_due(*, now: datetime) -> list[DueWork]:
    """Return work that stalled, each piece to one caller, and twice as late after every try."""
    claimed = [_claim(recording, now) for recording in list_due(now=now, limit=LIMIT)]
    clips = [_claim_clip(clip, now) for clip in list_due_clips(now=now, limit=LIMIT)]
    return [work for work in (*claimed, *clips) if work is not None]


def _claim(recording: Recording, now: datetime) -> DueWork | None:
    since = recording.state_since or recording.created_at
    if recording.state == "expected":
        ended_at = _ended_at(recording.broadcast_id)
        if ended_at is None:
            _postpone(recording, now + ON_AIR_PAUSE)
            return None
        since = max(since, ended_at)
    if recording.state == "removed":
        since = recording.due_at  # until then its files are kept on purpose
    is_news = is_late(recording.state, since=since, now=now)
    alerted = recording.state if is_news else recording.alerted
    taken = Recording.objects.claim(
        recording.id,
        seen_due_at=recording.due_at,
        due_at=now + pause_before(recording.tries),
        tries=recording.tries + 1,
        alerted=alerted,
    )
    if not taken:
        return None
    if is_news and recording.alerted != recording.state:
        _alert(recording, now - since)
    return DueWork(
        work=_work(recording), broadcast_id=recording.broadcast_id, subject_id=recording.id
    )


def _work(recording: Recording) -> str:
    if recording.state == "removed":
        return "purge"
    if recording.state == "stored" and recording.ladder == "waiting":
        return "publish"
    if recording.state in {"stored", "published"}:
        return "tidy"
    return "store"


def _alert(recording: Recording, age: timedelta) -> None:
    """Say once a step that it lasts too long; the desk and the gauges go on saying it."""
    log.error(
        "recording stuck",
        recording_id=recording.id,
        broadcast_id=recording.broadcast_id,
        state=recording.state,
        age_s=round(age.total_seconds()),
        tries=recording.tries,
    )


def _postpone(recording: Recording, due_at: datetime) -> None:
    Recording.objects.claim(recording.id, seen_due_at=recording.due_at, due_at=due_at)


def _ended_at(broadcast_id: str) -> datetime | None:
    """Return when a broadcast ended; None while it may still be on air."""
    try:
        found = get_broadcast(broadcast_id=broadcast_id)
    except BroadcastNotFound:
        return None
    return None if found.is_live else found.ended_at


def _claim_clip(clip: Clip, now: datetime) -> DueWork | None:
    taken = Clip.objects(id=clip.id, due_at=clip.due_at).update(
        set__due_at=now + pause_before(clip.tries)
    )
    if not taken:
        return None
    return DueWork(work="clip", broadcast_id=clip.broadcast_id, subject_id=clip.id)

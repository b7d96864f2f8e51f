"""Recordings that go: marked at once, so that nobody sees them, and then deleted file by file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog

from apps.streams.contracts import RecordingSummary
from apps.streams.documents.clips import Clip
from apps.streams.documents.recordings import Recording
from apps.streams.documents.retention import RetentionRule
from apps.streams.errors import RecordingNotFound
from apps.streams.events import RecordingRemoved
from apps.streams.queries.recordings import (
    get_document,
    get_recording,
    get_recording_of,
    list_ids_of_creator,
    list_stored_before,
)
from apps.streams.rules.recordings import FIRST_LOOK, recording_folder, removed_until
from apps.streams.services.workshop import Workshop, held

log = structlog.get_logger()

EXPIRE_LIMIT: Final = 500


def remove_recording(
    *, recording_id: str, by: str, reason: str, now: datetime, note: str = ""
) -> bool:
    """Take a recording from everybody's sight; say whether it was this call that did.

    Raises:
        RecordingNotFound: no such recording.

    """
    found = get_recording(recording_id=recording_id)
    removed = RecordingRemoved(
        at=now,
        recording_id=recording_id,
        broadcast_id=found.broadcast_id,
        creator_id=found.creator_id,
        reason=reason,
        removed_by=by,
        note=note,
    )
    due_at = removed_until(reason, removed_at=now) + FIRST_LOOK
    return bool(
        Recording.objects.remove(recording_id, reason=reason, due_at=due_at, announcing=removed)
    )


def remove_recording_of(*, broadcast_id: str, by: str, now: datetime) -> bool:
    """Remove what was recorded of a broadcast that its creator or staff removed."""
    try:
        found = get_recording_of(broadcast_id=broadcast_id)
    except RecordingNotFound:
        return False
    reason = "creator" if by == found.creator_id else "staff"
    note = "With its broadcast."
    return remove_recording(recording_id=found.id, by=by, reason=reason, now=now, note=note)


def purge_recording(*, recording_id: str, workshop: Workshop) -> int:
    """Delete everything of a removed recording; return how many stored files that were.

    Raises:
        RecordingHeld: somebody works on it, and is about to see that nobody wants it.
        VaultDown: the storage does not answer; the caller may retry.

    """
    with held(recording_id):
        recording = get_document(recording_id)
        if recording.state != "removed" or recording.purged_at is not None:
            return 0
        until = removed_until(recording.removed_reason, removed_at=recording.state_since)
        if workshop.clock() < until:
            return 0
        Clip.objects.of_broadcast(recording.broadcast_id).remove_all()
        count = workshop.vault.remove(recording_folder(recording.broadcast_id))
        for part in workshop.list_parts(recording.broadcast_id):
            part.unlink(missing_ok=True)
        workshop.clear(recording_id)
        Recording.objects.mark_purged(recording_id, now=workshop.clock())
        log.info("recording purged", recording_id=recording_id, files=count)
    return count


def remove_of_creator(*, creator_id: str, by: str, reason: str, now: datetime) -> int:
    """Remove all recordings of a creator; return how many. Safe to repeat."""
    ids = list_ids_of_creator(creator_id=creator_id)
    return sum(remove_recording(recording_id=one, by=by, reason=reason, now=now) for one in ids)


def set_retention(*, creator_id: str, days: int | None) -> None:
    """Keep a creator's recordings for so many days, 0 for ever; None: as everybody's."""
    if days is None:
        RetentionRule.objects(id=creator_id).delete()
    else:
        RetentionRule.objects(id=creator_id).update_one(set__days=days, upsert=True)


def list_expired(*, days: int, now: datetime) -> Iterator[RecordingSummary]:
    """Yield what is older than its creator's rule, or than `days`, the rule of all others."""
    rules = {rule.id: rule.days for rule in RetentionRule.objects()}
    for creator_id, own_days in rules.items():
        if own_days:
            before = now - timedelta(days=own_days)
            yield from list_stored_before(before, creator_id=creator_id, limit=EXPIRE_LIMIT)
    if days:
        before = now - timedelta(days=days)
        yield from list_stored_before(before, but=tuple(rules), limit=EXPIRE_LIMIT)


def expire_recordings(*, days: int, now: datetime) -> int:
    """Remove what retention rules no longer keep; return how many."""
    return sum(_expire(found.id, now) for found in list_expired(days=days, now=now))


def _expire(recording_id: str, now: datetime) -> bool:
    try:
        return remove_recording(recording_id=recording_id, by="", reason="retention", now=now)
    except RecordingNotFound:
        return False

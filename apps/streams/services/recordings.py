"""The ledger of recordings: expected from the first picture, stored in the end.

Every step is one conditional write at its end. What a step made lies where the next finds it, or
can be made again, so that any of them may be killed, and may run twice.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import structlog
from mongoengine import NotUniqueError

from apps.streams.documents.recordings import Recording
from apps.streams.errors import BadRecording, RecordingNotFound, RecordingPartsMissing
from apps.streams.events import RecordingFailed
from apps.streams.queries.broadcasts import get_document as get_broadcast_document
from apps.streams.queries.recordings import get_document, get_recording_of
from apps.streams.rules.recordings import (
    FIRST_LOOK,
    PARTS_GIVEN_UP_AFTER,
    UNSTORED_STATES,
)
from apps.streams.services import storing, verifying
from apps.streams.services.parts import note, parts_digest
from apps.streams.services.workshop import Workshop, held

log = structlog.get_logger()


def expect_recording(*, broadcast_id: str, now: datetime) -> str:
    """Put a broadcast that went live into the ledger; return the recording's id.

    It is "" where its creator wanted none from the start, or removed the broadcast. One that was
    begun is seen through: on `record=false` in the middle an engine goes on, and nobody else would
    ever store or remove what it has.

    Raises:
        BroadcastNotFound: no such broadcast.

    """
    broadcast = get_broadcast_document(broadcast_id)
    if broadcast.state == "removed":
        return ""
    with suppress(RecordingNotFound):
        return get_recording_of(broadcast_id=broadcast_id).id
    if not broadcast.record:
        return ""
    try:
        made = Recording(
            broadcast_id=broadcast_id,
            creator_id=broadcast.creator_id,
            title=broadcast.title,
            visibility=broadcast.visibility,
            state_since=now,
            due_at=now + FIRST_LOOK,
            created_at=now,
        ).save(force_insert=True)
    except NotUniqueError:
        return get_recording_of(broadcast_id=broadcast_id).id
    return str(made.id)


def note_turn(*, broadcast_id: str, event_id: str, at: datetime, is_on: bool) -> None:
    """Note that the encoder came back or was missed; order and repetition change nothing."""
    recording_id = expect_recording(broadcast_id=broadcast_id, now=at)
    turn = {"at": at.isoformat(), "is_on": is_on}
    Recording.objects(id=recording_id).update(**{f"set__turns__{event_id}": turn})


def store_recording(*, broadcast_id: str, workshop: Workshop) -> bool:
    """Do the next step of an ended broadcast's recording; return whether another one is left.

    Raises:
        RecordingPartsMissing: the engine has no part yet; the caller may retry.
        RecordingHeld: somebody else works on it.
        NoRoom, VaultDown, EditorDown: nothing was lost; the caller may retry.

    """
    recording_id = expect_recording(broadcast_id=broadcast_id, now=workshop.clock())
    if not recording_id:
        return False
    with held(recording_id):
        recording = get_document(recording_id)
        try:
            _step(recording, workshop)
        except BadRecording as bad:
            _fail(recording, bad, workshop.clock())
            return False
    return get_document(recording_id).state in UNSTORED_STATES


def _step(recording: Recording, workshop: Workshop) -> None:
    if recording.state == "expected":
        _find(recording, workshop)
    elif recording.state == "found":
        verifying.verify(recording, workshop)
    elif recording.state == "verified":
        storing.store(recording, workshop)


def _find(recording: Recording, workshop: Workshop) -> None:
    """Note which parts there are."""
    now = workshop.clock()
    parts = workshop.list_parts(recording.broadcast_id)
    if not parts:
        ended_at = get_broadcast_document(recording.broadcast_id).ended_at
        if ended_at is not None and now - ended_at > PARTS_GIVEN_UP_AFTER:
            raise BadRecording(broadcast_id=recording.broadcast_id, why="no part ever came")
        raise RecordingPartsMissing(broadcast_id=recording.broadcast_id)
    found = parts_digest(note(parts))
    Recording.objects.step(recording.id, to="found", now=now, due_at=now + FIRST_LOOK, parts=found)


def _fail(recording: Recording, bad: BadRecording, now: datetime) -> None:
    """Close the ledger for good; the parts stay where they are, for a person to look at."""
    failed = RecordingFailed(
        at=now,
        recording_id=recording.id,
        broadcast_id=recording.broadcast_id,
        creator_id=recording.creator_id,
        code=bad.code,
    )
    if Recording.objects.mark_failed(recording.id, error=str(bad), announcing=failed):
        log.error("recording failed", recording_id=recording.id, error=str(bad))


def retry_recording(*, recording_id: str, now: datetime) -> bool:
    """Let a failed one begin again, or a stalled one at once; say whether there was one."""
    waiting = Recording.objects.filter(id=recording_id)
    again = waiting.filter(state="failed").update(
        set__state="expected", set__state_since=now, set__due_at=now, set__tries=0, set__error=""
    )
    ladder = waiting.filter(state="stored", ladder="failed").update(
        set__ladder="waiting", set__due_at=now, set__tries=0, set__error=""
    )
    at_once = waiting.filter(due_at__exists=True).update(set__due_at=now, set__tries=0)
    return bool(again or ladder or at_once)

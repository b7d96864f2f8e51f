"""The ledger of recordings: expected from the first picture, stored in the end."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from django.core.files import File
from django.core.files.storage import Storage
from mongoengine import NotUniqueError

from apps.streams.documents.recordings import Recording
from apps.streams.errors import BadRecording, BroadcastNotFound, RecordingPartsMissing
from apps.streams.events import RecordingFailed, RecordingStored
from apps.streams.ports import Joiner, Probe, Recorder
from apps.streams.queries.broadcasts import get_broadcast
from apps.streams.queries.recordings import get_recording, get_recording_of, list_unstored
from apps.streams.rules.recordings import UNSTORED_STATES, recording_name


def expect_recording(*, broadcast_id: str) -> str:
    """Put a broadcast that went live into the ledger; return the recording's id.

    Raises:
        BroadcastNotFound: no such broadcast.

    """
    broadcast = get_broadcast(broadcast_id=broadcast_id)
    try:
        made = Recording(
            broadcast_id=broadcast_id,
            creator_id=broadcast.creator_id,
            title=broadcast.title,
            visibility=broadcast.visibility,
        ).save(force_insert=True)
    except NotUniqueError:
        return get_recording_of(broadcast_id=broadcast_id).id
    return str(made.id)


def store_recording(
    *, broadcast_id: str, engine: Recorder, joiner: Joiner, storage: Storage, now: datetime
) -> None:
    """Join the parts of an ended broadcast, look at the result and keep it. Safe to repeat.

    Raises:
        RecordingPartsMissing: the engine has no part yet; the caller may retry.
        BadRecording: nothing in the parts is video; the ledger says so.

    """
    recording_id = expect_recording(broadcast_id=broadcast_id)
    if get_recording(recording_id=recording_id).state not in UNSTORED_STATES:
        return
    parts = engine.list_parts(broadcast_id)
    if not parts:
        raise RecordingPartsMissing(broadcast_id=broadcast_id)
    Recording.objects.mark_found(recording_id)
    with tempfile.TemporaryDirectory(prefix="recording-") as folder:
        joined = Path(folder) / "joined.mp4"
        probe = _joined(recording_id, joiner, parts, joined, now)
        name = recording_name(broadcast_id, probe.sha256)
        if not storage.exists(name):
            with joined.open("rb") as opened:
                name = storage.save(name, File(opened))
    _mark_stored(recording_id, probe, name, now)


def _joined(
    recording_id: str, joiner: Joiner, parts: list[Path], target: Path, now: datetime
) -> Probe:
    try:
        return joiner.join(parts, target)
    except BadRecording as bad:
        recording = get_recording(recording_id=recording_id)
        Recording.objects.mark_failed(
            recording_id,
            error=str(bad),
            announcing=RecordingFailed(
                at=now,
                recording_id=recording_id,
                broadcast_id=recording.broadcast_id,
                creator_id=recording.creator_id,
                code=bad.code,
            ),
        )
        raise


def _mark_stored(recording_id: str, probe: Probe, name: str, now: datetime) -> None:
    recording = get_recording(recording_id=recording_id)
    stored = RecordingStored(
        at=now,
        recording_id=recording_id,
        broadcast_id=recording.broadcast_id,
        creator_id=recording.creator_id,
        title=recording.title,
        visibility=recording.visibility,
        duration_s=probe.duration_s,
        size_bytes=probe.size_bytes,
    )
    values: dict[str, object] = {
        "storage_name": name,
        "duration_s": probe.duration_s,
        "size_bytes": probe.size_bytes,
        "width": probe.width,
        "height": probe.height,
        "sha256": probe.sha256,
    }
    Recording.objects.mark_stored(recording_id, values=values, announcing=stored)


def list_due(*, before: datetime, limit: int) -> list[str]:
    """Return ended broadcasts whose recording should have been stored by now."""
    return list_unstored(before=before, limit=limit)


__all__ = ["BroadcastNotFound", "expect_recording", "list_due", "store_recording"]

"""From the joined file to the storage; and the parts, which go when the stored copy is checked."""

from __future__ import annotations

from contextlib import suppress

import structlog

from apps.streams.documents.recordings import Recording
from apps.streams.errors import VaultDown
from apps.streams.events import RecordingStored
from apps.streams.queries.recordings import get_document
from apps.streams.rules.recordings import FIRST_LOOK, PLAYABLE_STATES
from apps.streams.services.parts import note
from apps.streams.services.verifying import joined_path
from apps.streams.services.workshop import Workshop, held

log = structlog.get_logger()

MP4 = "video/mp4"
NOT_JOINED = "parts-not-joined"


def store(recording: Recording, workshop: Workshop) -> None:
    """Keep the verified file under a name that says its bytes, and announce it.

    Where the file is gone (another machine had it), the ledger goes back to `found`.

    Raises:
        NoRoom, VaultDown: nothing is half there; the caller may retry.

    """
    now = workshop.clock()
    joined = joined_path(recording, workshop)
    if not joined.exists():
        Recording.objects.step(recording.id, to="found", now=now, due_at=now + FIRST_LOOK)
        return
    workshop.vault.put(joined, recording.storage_name, content_type=MP4, sha256=recording.sha256)
    stored = RecordingStored(
        at=workshop.clock(),
        recording_id=recording.id,
        broadcast_id=recording.broadcast_id,
        creator_id=recording.creator_id,
        title=recording.title,
        visibility=recording.visibility,
        duration_s=recording.duration_s,
        size_bytes=recording.size_bytes,
    )
    due_at = stored.at + FIRST_LOOK
    if Recording.objects.mark_stored(recording.id, due_at=due_at, announcing=stored):
        workshop.clear(recording.id)
    elif get_document(recording.id).state == "removed":
        workshop.vault.remove(recording.storage_name)


def tidy(*, recording_id: str, workshop: Workshop) -> None:
    """Delete an engine's parts once the stored copy was read again and is what was verified.

    Parts of a recording that lacks something stay: a person may get more out of them. So they do
    where one of them is not in the copy: it came late, or grew.

    Raises:
        VaultDown: the storage does not answer, or lost the copy; the parts stay.

    """
    with held(recording_id):
        recording = get_document(recording_id)
        if recording.state not in PLAYABLE_STATES:
            return
        name = recording.storage_name
        if not workshop.vault.has(name, size_bytes=recording.size_bytes, sha256=recording.sha256):
            log.error("stored recording is not what was verified", recording_id=recording_id)
            raise VaultDown(name=name, why="the copy is gone or differs; its parts are kept")
        warnings = recording.warnings or _drop_parts(recording, workshop)
        Recording.objects.mark_tidied(recording_id, now=workshop.clock(), warnings=warnings)


def _drop_parts(recording: Recording, workshop: Workshop) -> list[str]:
    """Delete the parts that were joined, and no other; return what there is to warn of."""
    parts = workshop.list_parts(recording.broadcast_id)
    others = [part["name"] for part in note(parts) if part not in recording.joined]
    if others:
        log.warning("parts were not joined", recording_id=recording.id, parts=others)
        return [NOT_JOINED]
    for part in parts:
        with suppress(FileNotFoundError):
            part.unlink()
    return []

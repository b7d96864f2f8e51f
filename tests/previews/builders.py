"""Footage and sets for the tests: each says only what matters to it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.previews.contracts import Subject
from apps.previews.documents.sets import PreviewSet
from apps.streams.adapters.memory import Memory
from apps.streams.contracts import LiveSegments, RecordingSummary
from kit.ids import new_id
from tests.conftest import NOON
from tests.streams.builders import a_live_broadcast, a_stored_recording, an_ended_broadcast


def a_recording(*, storage_name: str = "recordings/one.mp4") -> RecordingSummary:
    return RecordingSummary(
        id=new_id(),
        broadcast_id=new_id(),
        creator_id=new_id(),
        title="Launch",
        visibility="public",
        state="stored",
        created_at=NOON,
        storage_name=storage_name,
    )


def a_live(folder: Path, *contents: bytes) -> LiveSegments:
    """Write an init file and a segment of each content."""
    folder.mkdir(parents=True, exist_ok=True)
    init = folder / "init.mp4"
    init.write_bytes(b"init ")
    segments = []
    for number, content in enumerate(contents):
        segment = folder / f"{number}.m4s"
        segment.write_bytes(content)
        segments.append(str(segment))
    return LiveSegments(init=str(init), segments=segments)


def a_waiting_set(
    *, subject: Subject = Subject.RECORDING, since: datetime = NOON, tries: int = 0
) -> PreviewSet:
    """Return the pending set of a subject of its own."""
    subject_id = new_id()
    waiting = PreviewSet.ensure(
        subject,
        subject_id,
        broadcast_id=subject_id if subject is Subject.BROADCAST else new_id(),
        now=since,
    )
    waiting.tries = tries
    waiting.save()
    return waiting


def the_set(subject: Subject, subject_id: str) -> PreviewSet:
    found: PreviewSet = PreviewSet.objects.of(subject, subject_id).get()
    return found


def announced(preview_set: PreviewSet) -> list[dict[str, Any]]:
    """Return key and data of what the set has announced, oldest first."""
    preview_set.reload()
    return [{"key": one["key"], **one["data"]} for one in preview_set.outbox]


def a_recording_in_storage(broadcast_id: str = "", *, content: bytes = b"video") -> str:
    name = default_storage.save("recordings/test.mp4", ContentFile(content))
    recording = a_stored_recording(broadcast_id or an_ended_broadcast(), storage_name=name)
    return str(recording.pk)


def a_broadcast_with_footage(
    engine: Memory, live: LiveSegments, *, visibility: str = "public"
) -> str:
    broadcast_id = a_live_broadcast(visibility=visibility).broadcast_id
    engine.segments[broadcast_id] = live
    return broadcast_id

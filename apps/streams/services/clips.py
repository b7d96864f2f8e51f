"""Clips: asked for with bounds that are checked, cut by a worker, kept beside the recording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from apps.streams.contracts import ClipDraft, ClipSummary, LiveSegments, RecordingSummary
from apps.streams.documents.clips import Clip
from apps.streams.errors import (
    BadRecording,
    ClipLength,
    ClipOutOfBounds,
    EditorDown,
    NoFootage,
    RecordingNotStored,
)
from apps.streams.events import ClipFailed, ClipReady
from apps.streams.ports import Cut, Probe
from apps.streams.queries.clips import get_clip
from apps.streams.queries.recordings import get_recording
from apps.streams.rules.clips import LEAST_S, MOST_S, MOST_TRIES, clip_name, is_length
from apps.streams.rules.recordings import FIRST_LOOK
from apps.streams.services.workshop import Workshop, held

log = structlog.get_logger()

MP4: Final = "video/mp4"
COPY_BYTES: Final = 1024**2


def ask_for_clip(*, recording: RecordingSummary, draft: ClipDraft, now: datetime) -> ClipSummary:
    """Note a clip of a stored recording; a worker cuts it.

    Raises:
        RecordingNotStored: there is nothing to cut from yet, or any more.
        ClipOutOfBounds: it is not within the recording.
        ClipLength: too short or too long.

    """
    if not recording.is_stored:
        raise RecordingNotStored(recording_id=recording.id, state=recording.state)
    if not 0 <= draft.start_s < draft.end_s <= recording.duration_s:
        raise ClipOutOfBounds(duration_s=recording.duration_s)
    _require_length(draft.end_s - draft.start_s)
    return _noted(
        draft,
        now,
        broadcast_id=recording.broadcast_id,
        recording_id=recording.id,
        creator_id=recording.creator_id,
        start_s=draft.start_s,
        end_s=draft.end_s,
    )


def ask_for_live_clip(
    *,
    broadcast_id: str,
    creator_id: str,
    draft: ClipDraft,
    live: LiveSegments | None,
    now: datetime,
) -> ClipSummary:
    """Note a clip of the last seconds on air, as they are at this moment.

    Raises:
        NoFootage: nothing was on air yet.
        ClipLength: too short or too long.

    """
    _require_length(draft.last_s)
    if live is None or not live.segments:
        raise NoFootage(broadcast_id=broadcast_id)
    return _noted(
        draft,
        now,
        broadcast_id=broadcast_id,
        creator_id=creator_id,
        last_s=draft.last_s,
        files=[live.init, *live.segments],
    )


def make_clip(*, clip_id: str, workshop: Workshop) -> None:
    """Cut a clip and keep it. Safe to repeat.

    Raises:
        RecordingHeld: somebody else cuts it.
        NoRoom, VaultDown, EditorDown: the caller may retry.

    """
    with held(clip_id):
        clip = Clip.objects.begin(clip_id, due_at=workshop.clock() + FIRST_LOOK)
        if clip is None:
            return
        try:
            _cut(clip, workshop)
        except (BadRecording, RecordingNotStored, NoFootage) as refused:
            _fail(clip, refused.code, str(refused), workshop.clock())
        except EditorDown as down:
            if clip.tries < MOST_TRIES:
                raise
            _fail(clip, down.code, str(down), workshop.clock())
        workshop.clear(clip_id)


def remove_clip(*, clip_id: str, workshop: Workshop) -> None:
    """Take a clip from everybody's sight and delete its file. Safe to repeat.

    Raises:
        VaultDown: the storage does not answer; the clip is hidden already.

    """
    found: Clip | None = Clip.objects(id=clip_id).first()
    if found is not None:
        Clip.objects.remove(clip_id)
        if found.storage_name:
            workshop.vault.remove(found.storage_name)


def _require_length(length_s: float) -> None:
    if not is_length(length_s):
        raise ClipLength(least_s=LEAST_S, most_s=MOST_S)


def _noted(draft: ClipDraft, now: datetime, **values: object) -> ClipSummary:
    made = Clip(
        title=draft.title, mode=draft.mode, due_at=now + FIRST_LOOK, created_at=now, **values
    ).save(force_insert=True)
    return get_clip(clip_id=made.id)


def _cut(clip: Clip, workshop: Workshop) -> None:
    bench = workshop.bench(clip.id)
    target = bench / "clip.mp4"
    with _source(clip, bench, workshop) as source:
        Clip.objects.note_progress(clip.id, 20)
        start_s, end_s = _span(clip, source, workshop)
        wanted = Cut(start_s=start_s, end_s=end_s, is_exact=clip.mode == "exact")
        workshop.editor.cut(source, target, wanted)
    Clip.objects.note_progress(clip.id, 80)
    probe = workshop.editor.inspect(target)
    name = clip_name(clip.broadcast_id, clip.id, probe.sha256)
    workshop.vault.put(target, name, content_type=MP4, sha256=probe.sha256)
    if not _mark_ready(clip, probe, name, workshop.clock()):
        workshop.vault.remove(name)  # somebody took it back meanwhile


@contextmanager
def _source(clip: Clip, bench: Path, workshop: Workshop) -> Iterator[Path]:
    if clip.files:
        yield _footage(clip, bench / "footage.mp4")
        return
    recording = get_recording(recording_id=clip.recording_id)
    if not recording.is_stored:
        raise RecordingNotStored(recording_id=recording.id, state=recording.state)
    with workshop.vault.opened(recording.storage_name, bench) as source:
        yield source


def _footage(clip: Clip, into: Path) -> Path:
    """Write init and segments one after the other, which is a whole fragmented MP4."""
    with into.open("wb") as joined:
        for name in clip.files:
            try:
                with Path(name).open("rb") as file:
                    while block := file.read(COPY_BYTES):
                        joined.write(block)
            except FileNotFoundError:
                raise NoFootage(broadcast_id=clip.broadcast_id) from None
    return into


def _span(clip: Clip, source: Path, workshop: Workshop) -> tuple[float, float]:
    if not clip.last_s:
        return clip.start_s, clip.end_s
    duration_s = workshop.editor.inspect(source).duration_s
    return max(0.0, duration_s - clip.last_s), duration_s


def _mark_ready(clip: Clip, probe: Probe, name: str, now: datetime) -> bool:
    ready = ClipReady(
        at=now,
        clip_id=clip.id,
        broadcast_id=clip.broadcast_id,
        creator_id=clip.creator_id,
        duration_s=probe.duration_s,
    )
    values: dict[str, object] = {
        "storage_name": name,
        "duration_s": probe.duration_s,
        "size_bytes": probe.size_bytes,
        "width": probe.width,
        "height": probe.height,
        "sha256": probe.sha256,
    }
    return bool(Clip.objects.mark_ready(clip.id, values=values, announcing=ready))


def _fail(clip: Clip, code: str, error: str, now: datetime) -> None:
    failed = ClipFailed(
        at=now,
        clip_id=clip.id,
        broadcast_id=clip.broadcast_id,
        creator_id=clip.creator_id,
        code=code,
    )
    Clip.objects.mark_failed(clip.id, error=error, announcing=failed)
    log.warning("clip failed", clip_id=clip.id, code=code, error=error)

"""From parts to one file that was looked at: joined, probed, measured against the time on air."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from apps.streams.documents.recordings import Recording
from apps.streams.errors import RecordingPartsMissing
from apps.streams.ports import Probe
from apps.streams.queries.broadcasts import get_document as get_broadcast_document
from apps.streams.rules.airtime import Airtime, Turn, airtime
from apps.streams.rules.recordings import FIRST_LOOK, is_short, recording_name
from apps.streams.services.parts import note, parts_digest
from apps.streams.services.workshop import Workshop

log = structlog.get_logger()

SLICE: Final = timedelta(minutes=1)
SHORT: Final = "shorter-than-on-air"
UNDECODABLE: Final = "undecodable-"
UNREADABLE: Final = "unreadable-parts"


def verify(recording: Recording, workshop: Workshop) -> None:
    """Join and look; leaves the state alone where joining goes on in the next call.

    What is short or damaged is kept and marked: half a broadcast is worth more than none.

    Raises:
        BadRecording: nothing in the parts is video.
        RecordingPartsMissing: the parts that were found are gone again, a mount perhaps.
        NoRoom, EditorDown: the caller may retry.

    """
    parts = workshop.list_parts(recording.broadcast_id)
    if not parts:
        raise RecordingPartsMissing(broadcast_id=recording.broadcast_id)
    _forget_other_parts(recording, parts, workshop)
    joined = joined_path(recording, workshop)
    if not joined.exists():
        stops_at = workshop.clock() + SLICE
        if not _join(recording, parts, joined, workshop):
            _still_at_work(recording, workshop)
            return
        if workshop.clock() > stops_at:  # reading all of it again belongs to the next call
            _still_at_work(recording, workshop)
            return
    _mark(recording, workshop.editor.inspect(joined), workshop)


def _forget_other_parts(recording: Recording, parts: list[Path], workshop: Workshop) -> None:
    """Begin anew where a part came, grew or went: what lies on the bench is of others."""
    digest = parts_digest(note(parts))
    if digest != recording.parts:
        workshop.clear(recording.id)
        recording.parts = digest
        Recording.objects(id=recording.id).update(set__parts=digest)


def _join(recording: Recording, parts: list[Path], joined: Path, workshop: Workshop) -> bool:
    """Join, and note which parts are in it: no other may be deleted for it."""
    noted = note(parts)  # before: of one that grows meanwhile not all is joined
    unfinished = joined.with_suffix(".part.mp4")
    workshop.require_room(
        joined.parent, wanted_bytes=sum(int(part["size_bytes"]) for part in noted)
    )
    done = workshop.editor.join(parts, unfinished)
    if done is None:
        return False
    unreadable = {part.name for part in done.unreadable if part.stat().st_size}
    recording.joined = [part for part in noted if part["name"] not in unreadable]
    recording.unreadable = sorted(unreadable)
    Recording.objects(id=recording.id).update(
        set__joined=recording.joined, set__unreadable=recording.unreadable
    )
    unfinished.replace(joined)
    return True


def joined_path(recording: Recording, workshop: Workshop) -> Path:
    """Return where the joined file lies while there is work with it; other parts, other file."""
    digest = hashlib.sha256(f"{recording.id}{recording.parts}".encode()).hexdigest()[:16]
    return workshop.bench(recording.id) / f"joined-{digest}.mp4"


def _still_at_work(recording: Recording, workshop: Workshop) -> None:
    now = workshop.clock()
    Recording.objects(id=recording.id).update(set__due_at=now + FIRST_LOOK)


def _mark(recording: Recording, probe: Probe, workshop: Workshop) -> None:
    now = workshop.clock()
    on_air = _time_on_air(recording, now)
    warnings = [f"{UNDECODABLE}{place}" for place in probe.undecodable]
    if is_short(
        probe.duration_s,
        on_air_s=on_air.seconds,
        absences=on_air.absences,
        lease_s=workshop.lease_s,
    ):
        warnings.append(SHORT)
    if recording.unreadable:
        warnings.append(UNREADABLE)
    if warnings:
        log.warning(
            "recording incomplete",
            recording_id=recording.id,
            warnings=warnings,
            unreadable=recording.unreadable,
            duration_s=round(probe.duration_s, 3),
            expected_s=round(on_air.seconds, 3),
        )
    Recording.objects.step(
        recording.id,
        to="verified",
        now=now,
        due_at=now + FIRST_LOOK,
        storage_name=recording_name(recording.broadcast_id, probe.sha256),
        duration_s=probe.duration_s,
        size_bytes=probe.size_bytes,
        width=probe.width,
        height=probe.height,
        has_audio=probe.has_audio,
        sha256=probe.sha256,
        expected_s=on_air.seconds,
        warnings=warnings,
    )


def _time_on_air(recording: Recording, now: datetime) -> Airtime:
    broadcast = get_broadcast_document(recording.broadcast_id)
    if broadcast.live_at is None:
        return Airtime(0.0, 0)
    turns = [
        Turn(datetime.fromisoformat(told["at"]), told["is_on"])
        for told in recording.turns.values()
    ]
    return airtime(turns, began_at=broadcast.live_at, ended_at=broadcast.ended_at or now)

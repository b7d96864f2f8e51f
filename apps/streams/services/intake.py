"""An upload that is complete is looked at, and becomes the recording of a broadcast of its own."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.core.files import File
from django.core.files.storage import Storage
from mongoengine import NotUniqueError

from apps.streams.contracts import UploadSummary
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.recordings import Recording
from apps.streams.documents.uploads import Upload
from apps.streams.errors import (
    ChecksumWrong,
    NotAVideo,
    UploadBusy,
    UploadLost,
    UploadStorageDown,
)
from apps.streams.events import RecordingStored
from apps.streams.ports import Intake, Probe, Spool
from apps.streams.queries.recordings import get_recording_of
from apps.streams.queries.uploads import get_upload
from apps.streams.rules.recordings import FIRST_LOOK, recording_name
from kit import locks
from kit.documents import announce

BLOCK_BYTES = 1 << 20
TAKEN_SUFFIX = ".taken.mp4"


def check_upload(
    *, upload_id: str, spool: Spool, intake: Intake, storage: Storage, now: datetime
) -> None:
    """Look at a complete upload, by its content and never by its name, and keep it. Repeatable.

    Raises:
        UploadBusy: another worker has it.
        UploadStorageDown: it could not be kept now; try again.

    """
    with locks.held(f"upload:{upload_id}") as is_ours:
        if not is_ours:
            raise UploadBusy(upload_id=upload_id)
        found = get_upload(upload_id=upload_id)
        if found.state != "checking":
            return
        try:
            recording_id = _take_in(found, spool, intake, storage, now)
        except (NotAVideo, ChecksumWrong, UploadLost) as refused:
            Upload.objects.fail(upload_id, code=refused.code, error=str(refused))
        else:
            Upload.objects.finish(upload_id, recording_id=recording_id)


def _take_in(
    found: UploadSummary, spool: Spool, intake: Intake, storage: Storage, now: datetime
) -> str:
    source = spool.path(found.id)
    _refuse_other_bytes(found, source)
    taken = source.with_name(f"{source.name}{TAKEN_SUFFIX}")
    try:
        probe = intake.take_in(source, taken)
        name = recording_name(found.id, probe.sha256)
        with taken.open("rb") as opened:
            storage.save(name, File(opened))
    except OSError as down:
        raise UploadStorageDown(upload_id=found.id, why=str(down)) from down
    finally:
        taken.unlink(missing_ok=True)
    return _make_recording(found, probe, name, now)


def _refuse_other_bytes(found: UploadSummary, source: Path) -> None:
    """Raise unless what lies there is what the phone meant to send."""
    try:
        with source.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
    except FileNotFoundError:
        raise UploadLost(upload_id=found.id) from None
    if found.sha256 and digest != found.sha256:
        raise ChecksumWrong(upload_id=found.id)


def _make_recording(found: UploadSummary, probe: Probe, name: str, now: datetime) -> str:
    """Make the broadcast that never was on air, under the upload's id, and its recording.

    So previews, publishing, visibility and playback need to know nothing of uploads.
    """
    shown = {"creator_id": found.creator_id, "title": found.title, "visibility": found.visibility}
    with suppress(NotUniqueError):  # an earlier try got this far
        Broadcast(
            id=found.id,
            **shown,
            source="upload",
            state="ended",
            record=False,  # nothing is to be expected of an engine
            reconnect_window_s=0,
            ended_at=now,
            created_at=now,
        ).save(force_insert=True)
    recording = Recording(broadcast_id=found.id, **shown, created_at=now, stored_at=now)
    recording.state, recording.storage_name = "stored", name
    # Without them the sweeper never sees it, should the work that follows be lost.
    recording.state_since, recording.due_at = now, now + FIRST_LOOK
    for fact in ("duration_s", "size_bytes", "width", "height", "has_audio", "sha256"):
        setattr(recording, fact, getattr(probe, fact))
    recording.outbox = announce(
        RecordingStored(
            at=now,
            recording_id=recording.id,
            broadcast_id=found.id,
            **shown,
            duration_s=probe.duration_s,
            size_bytes=probe.size_bytes,
        )
    )
    try:
        recording.save(force_insert=True)
    except NotUniqueError:
        return get_recording_of(broadcast_id=found.id).id
    return str(recording.id)

"""Writes: a set is expected, filled, refreshed, refused or given up.

The maker's work lies between two writes. The first counts the try, the second takes the result
only if nobody was faster, so every function may run twice, at once or after a kill.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from apps.previews.contracts import StaleSet, State, Subject
from apps.previews.documents import PreviewSet, StoredAsset
from apps.previews.errors import LiveNotReady, MakerDown, MediaRefused
from apps.previews.events import PreviewFailed, PreviewReady
from apps.previews.ports import Made, MadeAsset, PreviewMaker, Shelf
from apps.streams.contracts import LiveSegments, RecordingSummary
from kit.events import Event

log = structlog.get_logger()

STALE_AFTER: Final = timedelta(minutes=10)
STALE_BATCH: Final = 100
LIVE_SEGMENTS: Final = 3
# A live that never gave footage is soon over; a recording waits out an outage of the storage.
MOST_ATTEMPTS: Final = {Subject.RECORDING: 20, Subject.BROADCAST: 3}
GAVE_UP: Final = "gave-up"


def expect_recording_set(*, recording_id: str, broadcast_id: str, now: datetime) -> None:
    """Let the set be known before its work is queued, so that a lost task is missed."""
    PreviewSet.ensure(Subject.RECORDING, recording_id, broadcast_id=broadcast_id, now=now)


def make_recording_set(
    *, recording: RecordingSummary, maker: PreviewMaker, shelf: Shelf, now: datetime
) -> None:
    """Fill the set of a recording. One that is filled or failed already is left alone.

    Raises:
        MakerDown: the maker failed for a reason that is not the file's.
        ShelfDown: the storage failed, or the recording is not in it.

    """
    PreviewSet.ensure(
        Subject.RECORDING, recording.id, broadcast_id=recording.broadcast_id, now=now
    )
    waiting = PreviewSet.objects.of(Subject.RECORDING, recording.id).begin(now=now)
    if waiting is None:
        return
    if waiting.attempt > MOST_ATTEMPTS[Subject.RECORDING]:
        _give_up(waiting, now=now)
        return
    with shelf.opened(recording.storage_name) as source:
        _fill(waiting, lambda into: maker.make_recording_set(source, into), shelf, now=now)


def refresh_live(
    *,
    broadcast_id: str,
    live: LiveSegments,
    maker: PreviewMaker,
    shelf: Shelf,
    now: datetime,
) -> None:
    """Make the set of a running broadcast anew from its newest segments, where there are newer.

    Raises:
        LiveNotReady: there is no footage yet.
        MakerDown, ShelfDown: see make_recording_set.

    """
    seen = PreviewSet.ensure(Subject.BROADCAST, broadcast_id, broadcast_id=broadcast_id, now=now)
    with tempfile.TemporaryDirectory(prefix="showrunner-live-") as folder:
        source = Path(folder, "footage")
        digest = _join(live, source, broadcast_id)
        if digest != seen.source_sha256:
            _fill(
                seen,
                lambda into: maker.make_live_set(source, into),
                shelf,
                now=now,
                source_sha256=digest,
            )


def claim_stale(*, now: datetime) -> list[StaleSet]:
    """Return sets that waited too long, each once a `STALE_AFTER`, for their work to be queued.

    One that was tried too often is closed as `gave-up` instead.
    """
    claimed = []
    for seen in PreviewSet.objects.waiting_since(now - STALE_AFTER).limit(STALE_BATCH):
        subject = Subject(seen.subject)
        if seen.attempt >= MOST_ATTEMPTS[subject]:
            _give_up(seen, now=now)
        elif PreviewSet.objects.filter(id=seen.pk, attempt=seen.attempt).begin(now=now):
            claimed.append(StaleSet(subject=subject.value, subject_id=seen.subject_id))
    return claimed


def _fill(
    seen: PreviewSet,
    make: Callable[[Path], Made],
    shelf: Shelf,
    *,
    now: datetime,
    source_sha256: str = "",
) -> None:
    with tempfile.TemporaryDirectory(prefix="showrunner-preview-") as folder:
        into = Path(folder)
        try:
            made = make(into)
        except MediaRefused as refused:
            _fail(seen, refused.code, str(refused.facts["detail"]), now=now)
            return
        assets = _keep(seen, made, into, shelf)
    superseded = _names(seen.assets, but=assets)
    garbage = [name for name in (*seen.garbage, *seen.superseded) if name not in _names(assets)]
    taken = PreviewSet.objects.finish(
        seen,
        announcing=_ready(seen, now=now),
        assets=assets,
        placeholder=made.placeholder,
        source_sha256=source_sha256,
        superseded=superseded,
        garbage=garbage,
        updated_at=now,
    )
    if taken:
        _sweep(seen, garbage, shelf)
    else:
        _throw_away(seen, assets, shelf)


def _ready(seen: PreviewSet, *, now: datetime) -> list[Event]:
    if seen.state == State.READY.value:
        return []
    return [
        PreviewReady(
            at=now,
            subject=seen.subject,
            subject_id=seen.subject_id,
            broadcast_id=seen.broadcast_id,
            is_live=seen.subject == Subject.BROADCAST.value,
        )
    ]


def _fail(seen: PreviewSet, code: str, detail: str, *, now: datetime) -> None:
    """Close a waiting set; one that already shows something keeps showing it."""
    failed = PreviewFailed(
        at=now,
        subject=seen.subject,
        subject_id=seen.subject_id,
        broadcast_id=seen.broadcast_id,
        code=code,
    )
    PreviewSet.objects.fail(seen, code=code, detail=detail, announcing=failed)
    log.warning("preview refused", subject=str(seen), code=code, detail=detail)


def _give_up(seen: PreviewSet, *, now: datetime) -> None:
    _fail(seen, GAVE_UP, f"nothing came of {seen.attempt} tries", now=now)


def _keep(seen: PreviewSet, made: Made, into: Path, shelf: Shelf) -> list[StoredAsset]:
    """Store what was made, in a folder named by all its bytes: a name never shows other bytes."""
    digests = [_digest(into, asset) for asset in made.assets]
    revision = hashlib.sha256("".join(digests).encode()).hexdigest()[:16]
    folder = f"previews/{seen.subject}/{seen.subject_id}/{revision}"
    assets = []
    for asset, digest in zip(made.assets, digests, strict=True):
        file = into / asset.name
        shelf.keep(file, f"{folder}/{asset.name}", asset.content_type)
        assets.append(
            StoredAsset(
                kind=asset.kind,
                name=f"{folder}/{asset.name}",
                content_type=asset.content_type,
                width=asset.width,
                height=asset.height,
                bytes=file.stat().st_size,
                duration_s=round(asset.duration_s, 3),
                sha256=digest,
            )
        )
    return assets


def _digest(into: Path, asset: MadeAsset) -> str:
    """Return the SHA-256 of a made file.

    The maker has worked on hostile bytes: a name out of its folder, or a link to another file,
    must not be published.
    """
    file = into / asset.name
    if file.parent != into or file.is_symlink() or not file.is_file():
        raise MakerDown(detail=f"there is no file {asset.name!r} of its own")
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _join(live: LiveSegments, into: Path, broadcast_id: str) -> str:
    """Write init and newest segments one after the other; return the SHA-256 of it all."""
    if not live.segments:
        raise LiveNotReady(broadcast_id=broadcast_id)
    digest = hashlib.sha256()
    try:
        with into.open("wb") as joined:
            for file in (live.init, *live.segments[-LIVE_SEGMENTS:]):
                content = Path(file).read_bytes()
                digest.update(content)
                joined.write(content)
    except FileNotFoundError as gone:  # the window moved on while we read
        raise LiveNotReady(broadcast_id=broadcast_id) from gone
    return digest.hexdigest()


def _sweep(seen: PreviewSet, garbage: list[str], shelf: Shelf) -> None:
    """Delete what no screen shows any more. What fails here is deleted at the next revision."""
    for name in garbage:
        shelf.remove(name)
    if garbage:
        PreviewSet.objects.filter(id=seen.pk, revision=seen.revision + 1).modify(set__garbage=[])


def _throw_away(seen: PreviewSet, assets: list[StoredAsset], shelf: Shelf) -> None:
    """Delete what was made in vain, but for what the faster one made the same."""
    winner = PreviewSet.objects.get(id=seen.pk)
    kept = {*_names(winner.assets), *winner.superseded}
    for name in _names(assets):
        if name not in kept:
            shelf.remove(name)


def _names(assets: list[StoredAsset], but: list[StoredAsset] | None = None) -> list[str]:
    left_out = {asset.name for asset in but or ()}
    return [asset.name for asset in assets if asset.name not in left_out]

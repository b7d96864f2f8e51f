"""The set of a running broadcast, made anew from its newest segments while it is on air."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from apps.previews.contracts import Subject
from apps.previews.documents.sets import PreviewSet
from apps.previews.errors import JobOvertaken, LiveNotReady, MediaRefused, ShelfDown
from apps.previews.ports import PreviewMaker, Shelf
from apps.previews.services import boards, counts, keeping, sets
from apps.previews.services.jobs import Clock
from apps.streams.contracts import DvrSegment, LiveSegments
from kit import scratch

log = structlog.get_logger()

LIVE_SEGMENTS: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class OnAir:
    """What there is of a running broadcast: its newest segments, and when asked all its DVR.

    What is no file here yet is saved into the folder that `lend_newest` is given.
    """

    lend_newest: Callable[..., LiveSegments]
    list_dvr: Callable[[], Sequence[DvrSegment]] = list


def refresh_live(
    *, broadcast_id: str, on_air: OnAir, maker: PreviewMaker, shelf: Shelf, clock: Clock
) -> None:
    """Make the set of a running broadcast anew from its newest segments, where there are newer.

    While one refresh is made no other begins. What it shows stays until it is replaced, so the
    state stays as well.

    Raises:
        LiveNotReady: there is no footage yet.
        MakerDown, ShelfDown: see make_recording_set.

    """
    seen = PreviewSet.ensure(
        Subject.BROADCAST, broadcast_id, broadcast_id=broadcast_id, now=clock()
    )
    with scratch.folder("live") as folder:
        source, lent = folder / "footage", folder / "lent"
        lent.mkdir()
        digest = _join(on_air.lend_newest(into=lent), source, broadcast_id)
        if digest == seen.shown.source_sha256:
            PreviewSet.objects.settle(seen, now=clock())
            return
        asked = PreviewSet.objects.of(Subject.BROADCAST, broadcast_id)
        job = asked.begin_refresh(now=clock())
        if job is None:
            return
        footage = _Footage(source=source, digest=digest, list_dvr=on_air.list_dvr)
        try:
            _refresh(job, footage, maker, shelf, clock)
        except MediaRefused as refused:
            sets.close(job, refused.code, str(refused.facts["detail"]), now=clock())
        except JobOvertaken:
            counts.count_job(Subject.BROADCAST, "overtaken")
        finally:
            PreviewSet.objects.end_refresh(job)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Footage:
    source: Path
    digest: str
    list_dvr: Callable[[], Sequence[DvrSegment]]


def _refresh(
    job: PreviewSet, footage: _Footage, maker: PreviewMaker, shelf: Shelf, clock: Clock
) -> None:
    with (
        scratch.folder("preview") as into,
        _clips_before(job, shelf) as before,
    ):
        made = maker.make_live_set(footage.source, into, before)
        place = f"previews/{job.subject}/{job.subject_id}"
        draft = keeping.describe(made, into, place, now=clock())
        draft.source_sha256 = footage.digest
        boards.put(job, draft, footage.list_dvr, into, boards.Tools(maker, shelf))
        counts.count_cost(Subject.BROADCAST, draft)
        garbage = sets.garbage_beside(job, draft)
        if not PreviewSet.objects.note_draft(job, draft, garbage, now=clock()):
            raise JobOvertaken(subject_id=job.subject_id)
        keeping.store(draft, into, shelf)
    counts.count_job(Subject.BROADCAST, "made")
    sets.show(job, draft, shelf, now=clock())


@contextmanager
def _clips_before(job: PreviewSet, shelf: Shelf) -> Iterator[dict[str, Path]]:
    """Lend the clips shown now, by variant: going on from them costs less than beginning anew."""
    with ExitStack() as stack:
        lent = {}
        for asset in job.assets:
            if asset.kind == "preview":
                with suppress(ShelfDown):
                    lent[asset.variant] = stack.enter_context(shelf.opened(asset.name))
        yield lent


def _join(live: LiveSegments, into: Path, broadcast_id: str) -> str:
    """Write init and newest segments one after the other; return the SHA-256 of it all."""
    if not live.segments:
        raise LiveNotReady(broadcast_id=broadcast_id)
    digest = hashlib.sha256()
    try:
        with into.open("wb") as joined:
            for file in (*filter(None, [live.init]), *live.segments[-LIVE_SEGMENTS:]):
                content = Path(file).read_bytes()
                digest.update(content)
                joined.write(content)
    except FileNotFoundError as gone:  # the window moved on while we read
        raise LiveNotReady(broadcast_id=broadcast_id) from gone
    return digest.hexdigest()

"""The job that fills a recording's set: taken, kept alive, finished, refused or handed back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from pymongo.errors import ConnectionFailure

from apps.previews.contracts import State, Subject
from apps.previews.documents.assets import Revision
from apps.previews.documents.sets import PreviewSet
from apps.previews.documents.shares import Share
from apps.previews.documents.work import LEASE
from apps.previews.errors import JobHeld, JobOvertaken, MediaRefused
from apps.previews.ports import Footage, PreviewMaker, Shelf
from apps.previews.services import counts, keeping, sets
from apps.streams.contracts import RecordingSummary
from kit import scratch
from kit.errors import Unavailable

log = structlog.get_logger()

Clock = Callable[[], datetime]

# A recording waits out an outage of the storage; a live that never gave footage is soon over.
MOST_TRIES: Final = {Subject.RECORDING: 20, Subject.BROADCAST: 3}
GAVE_UP: Final = "gave-up"
PULSE: Final = timedelta(seconds=2)
MAKING: Final = 90  # per cent of a job; the rest is storing


@dataclass(slots=True)
class Pulse:
    """Tells the document how far a job is, which also says that its maker lives.

    Raises:
        JobOvertaken: nobody wants the result any more; the maker ends its child.

    """

    job: PreviewSet | Share
    clock: Clock
    _told_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._told_at = self.job.updated_at

    def making(self, done: float) -> None:
        self._tell(done * MAKING)

    def storing(self, done: float) -> None:
        self._tell(MAKING + done * (99 - MAKING))

    def _tell(self, per_cent: float) -> None:
        now = self.clock()
        if now - self._told_at < PULSE:
            return
        self._told_at = now
        # A store that is away for a moment undoes no work: the last write is conditional anyway.
        with suppress(ConnectionFailure):
            self.check(per_cent)

    def check(self, per_cent: float) -> None:
        if not type(self.job).objects.renew(self.job, progress=int(per_cent), now=self.clock()):
            raise JobOvertaken(subject_id=self.job.subject_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What a job works with; `footage` is lent for as long as the maker looks at it."""

    footage: AbstractContextManager[Footage]
    maker: PreviewMaker
    shelf: Shelf
    clock: Clock


def make_recording_set(*, recording: RecordingSummary, tools: Tools) -> None:
    """Fill the set of a recording. One that is filled, failed or cancelled is left alone.

    Raises:
        JobHeld: somebody else makes it at the moment.
        MakerDown: the maker failed for a reason that is not the file's.
        ShelfDown: the storage failed, or the recording is not in it.

    """
    job = _take(recording, now=tools.clock())
    if job is None:
        return
    try:
        _fill(job, tools)
    except MediaRefused as refused:
        sets.close(job, refused.code, str(refused.facts["detail"]), now=tools.clock())
    except JobOvertaken:
        counts.count_job(Subject.RECORDING, "overtaken")
        log.info("preview job overtaken", subject=str(job))
    except Unavailable:
        counts.count_job(Subject.RECORDING, "retried")
        PreviewSet.objects.release(job, now=tools.clock())
        raise


def _take(recording: RecordingSummary, *, now: datetime) -> PreviewSet | None:
    PreviewSet.ensure(
        Subject.RECORDING, recording.id, broadcast_id=recording.broadcast_id, now=now
    )
    asked = PreviewSet.objects.of(Subject.RECORDING, recording.id)
    job: PreviewSet | None = asked.begin(now=now)
    if job is None:
        _refuse_if_held(asked.first(), now=now)
        return None
    if job.tries > MOST_TRIES[Subject.RECORDING]:
        give_up(job, now=now)
        return None
    return job


def _refuse_if_held(found: PreviewSet | None, *, now: datetime) -> None:
    """Have a redelivery try again once the lease of whoever was killed is over."""
    if found is not None and found.state == State.RUNNING.value:
        left_s = (found.updated_at + LEASE - now).total_seconds()
        raise JobHeld(subject_id=found.subject_id, retry_after_s=max(1.0, left_s + 1))


def give_up(job: PreviewSet, *, now: datetime) -> None:
    """Close a set that was tried too often; a live that shows something is over, not broken."""
    is_live = job.subject == Subject.BROADCAST.value
    if is_live and PreviewSet.objects.settle(job, now=now):
        return
    sets.close(job, GAVE_UP, f"nothing came of {job.tries} tries", now=now)


def _fill(job: PreviewSet, tools: Tools) -> None:
    if keeping.is_stored(job.draft, tools.shelf):
        counts.count_job(Subject.RECORDING, "resumed")
        sets.show(job, job.draft, tools.shelf, now=tools.clock())
        return
    pulse = Pulse(job, tools.clock)
    with (
        scratch.folder("preview") as into,
        tools.footage as footage,
    ):
        made = tools.maker.make_recording_set(footage, into, pulse.making)
        draft = keeping.describe(made, into, _place(job), now=tools.clock())
        counts.count_cost(Subject.RECORDING, draft)
        pulse.check(MAKING)
        _store(job, draft, into, tools.shelf, pulse)
    counts.count_job(Subject.RECORDING, "made")
    sets.show(job, draft, tools.shelf, now=tools.clock())


def _store(job: PreviewSet, draft: Revision, into: Path, shelf: Shelf, pulse: Pulse) -> None:
    """Write down, then store; what nobody wants after all is deleted again at once."""
    garbage = sets.garbage_beside(job, draft)
    if not PreviewSet.objects.note_draft(job, draft, garbage, now=pulse.clock()):
        raise JobOvertaken(subject_id=job.subject_id)
    try:
        keeping.store(draft, into, shelf, pulse.storing)
    except JobOvertaken:
        with suppress(Unavailable):  # a sweep finds what is left
            sets.throw_away(job, draft, shelf)
        raise


def _place(job: PreviewSet) -> str:
    return f"previews/{job.subject}/{job.subject_id}"

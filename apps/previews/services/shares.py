"""A clip to be shared: asked for, composed, stopped, deleted."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from apps.previews.contracts import ShareState, Style
from apps.previews.documents.assets import Revision, names_of
from apps.previews.documents.shares import Share
from apps.previews.documents.work import LEASE, TIDY_AFTER
from apps.previews.errors import (
    BadCut,
    CutBeyondEnd,
    JobHeld,
    JobOvertaken,
    MediaRefused,
    NothingToStop,
    ShareNotFound,
    TooManyShares,
)
from apps.previews.events import ShareFailed, ShareReady
from apps.previews.ports import Composer, Cut, Footage, Shelf, Template
from apps.previews.services import counts, keeping
from apps.previews.services.jobs import GAVE_UP, MAKING, Clock, Pulse
from apps.streams.contracts import RecordingSummary
from apps.streams.errors import RecordingNotStored
from kit import scratch
from kit.errors import Unavailable

log = structlog.get_logger()

LEAST_S: Final = 1.0
MOST_S: Final = 90.0
# Each takes a processor for a minute; nobody's ten may keep everybody else's previews waiting.
MOST_UNDER_WAY: Final = 3
MOST_A_DAY: Final = 50
DAY: Final = timedelta(days=1)
MOST_TRIES: Final = 10
STALE_AFTER: Final = timedelta(minutes=10)
# Longer than a lease, so that a redelivery takes over before a reconciler queues a second task.
SILENT_AFTER: Final = timedelta(seconds=60)
BATCH: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What somebody wants to share of a recording, in seconds of it."""

    start_s: float
    end_s: float
    style: Style


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What a job works with; `footage` is lent for as long as the composer looks at it."""

    footage: AbstractContextManager[Footage]
    composer: Composer
    shelf: Shelf
    clock: Clock


def ask(*, recording: RecordingSummary, wish: Wish, now: datetime) -> str:
    """Queue a share of a recording; return its id, whose work is to be queued.

    Raises:
        RecordingNotStored: the recording is not there to cut from.
        BadCut, CutBeyondEnd: it cannot be cut so.
        TooManyShares: its creator waits for others, or had many today.

    """
    _check(recording, wish)
    if Share.objects.asked_since(recording.creator_id, now - DAY).count() >= MOST_A_DAY:
        raise TooManyShares(most=MOST_A_DAY, when="in a day")
    made = Share(
        creator_id=recording.creator_id,
        recording_id=recording.id,
        broadcast_id=recording.broadcast_id,
        start_s=wish.start_s,
        end_s=wish.end_s,
        style=wish.style.value,
        state=ShareState.QUEUED.value,
        created_at=now,
        updated_at=now,
    ).save(force_insert=True)
    # Counted with itself, after it is there: of two at once neither can miss the other.
    if Share.objects.under_way(recording.creator_id, now=now).count() > MOST_UNDER_WAY:
        made.delete()
        raise TooManyShares(most=MOST_UNDER_WAY, when="at once")
    return str(made.pk)


def make(*, share_id: str, template: Template, tools: Tools) -> None:
    """Compose a share. One that is made, refused, cancelled or gone is left alone.

    Raises:
        JobHeld: somebody else makes it at the moment.
        MakerDown, ShelfDown: another try may help.

    """
    job = _take(share_id, now=tools.clock())
    if job is None:
        return
    try:
        _fill(job, template, tools)
    except MediaRefused as refused:
        close(job, refused.code, str(refused.facts["detail"]), now=tools.clock())
    except JobOvertaken:
        counts.count_job(counts.SHARE, "overtaken")
        log.info("share overtaken", share=str(job))
    except Unavailable:
        counts.count_job(counts.SHARE, "retried")
        Share.objects.release(job, now=tools.clock())
        raise


def cancel(*, share_id: str, by: str, now: datetime) -> None:
    """Stop the making of a share.

    Raises:
        ShareNotFound: there is none.
        NothingToStop: it is made, refused or stopped already.

    """
    if not Share.objects.cancel(share_id, by=by, now=now):
        require(share_id)
        raise NothingToStop(share_id=share_id)
    counts.count_job(counts.SHARE, "cancelled")


def remove(*, share_id: str, shelf: Shelf, now: datetime) -> bool:
    """Delete a share with its file; False where it was before. Safe to repeat."""
    removed = bool(Share.objects.remove(share_id, now=now))
    with suppress(Unavailable):  # a sweep does it later
        sweep(share_id, shelf, now=now)
    return removed


def close(seen: Share, code: str, detail: str, *, now: datetime) -> None:
    """Let a share in work fail with a reason."""
    failed = ShareFailed(
        at=now,
        share_id=str(seen.pk),
        recording_id=seen.recording_id,
        creator_id=seen.creator_id,
        code=code,
        detail=detail,
    )
    if Share.objects.fail(seen, code=code, detail=detail, announcing=failed):
        counts.count_failure(counts.SHARE, code)
    log.warning("share refused", share=str(seen), code=code, detail=detail)


def claim_stale(*, now: datetime) -> list[str]:
    """Return shares whose work was lost, each once in a while; tried too often, it is closed."""
    claimed = []
    waiting = Share.objects.waiting_since(now - STALE_AFTER).limit(BATCH)
    silent = Share.objects.silent_since(now - SILENT_AFTER).limit(BATCH)
    for seen in waiting:
        if seen.tries >= MOST_TRIES:
            _give_up(seen, now=now)
        elif Share.objects.claim(seen, now=now):
            claimed.append(str(seen.pk))
    return claimed + [str(seen.pk) for seen in silent]


def sweep(share_id: str, shelf: Shelf, *, now: datetime) -> int:
    """Delete what a share no longer needs; return how many files. Safe to repeat."""
    seen: Share | None = Share.objects(id=share_id).first()
    if seen is None or seen.is_under_way:
        return 0
    is_removed = seen.state == ShareState.REMOVED.value
    # A maker that was told to stop may store for some seconds more.
    if not seen.shown.assets and seen.updated_at > now - TIDY_AFTER and seen.draft.assets:
        return 0
    unwanted = {*seen.garbage, *seen.draft.names()} - set(seen.shown.names())
    unwanted |= set(seen.shown.names()) if is_removed else set()
    keeping.discard(unwanted, shelf)
    if is_removed:
        _forget(seen, now=now)
    else:
        Share.objects.tidied(seen)
    return len(unwanted)


def _forget(seen: Share, *, now: datetime) -> None:
    """Delete a removed share whose files are gone, or say when to look again.

    Not before nobody can write it down any more, its events are published, and it counts no more
    among those of a day: deleting must not give another one.
    """
    stopped_at, counted_until = seen.updated_at + TIDY_AFTER, seen.created_at + DAY
    if stopped_at <= now and counted_until <= now and not seen.outbox:
        seen.delete()
    else:
        next_at = stopped_at if stopped_at > now else max(counted_until, now + TIDY_AFTER)
        Share.objects.emptied(seen, until=next_at)


def require(share_id: str) -> Share:
    """Return a share.

    Raises:
        ShareNotFound: there is none, or no more.

    """
    found: Share | None = Share.objects(id=share_id).first()
    if found is None or found.state == ShareState.REMOVED.value:
        raise ShareNotFound(share_id=share_id)
    return found


def _check(recording: RecordingSummary, wish: Wish) -> None:
    if not recording.is_stored:
        raise RecordingNotStored(recording_id=recording.id, state=recording.state)
    if not LEAST_S <= wish.end_s - wish.start_s <= MOST_S:
        raise BadCut(least=int(LEAST_S), most=int(MOST_S))
    if recording.duration_s and wish.end_s > recording.duration_s:
        raise CutBeyondEnd(detail=f"the recording ends after {recording.duration_s:.1f} s")


def _take(share_id: str, *, now: datetime) -> Share | None:
    job: Share | None = Share.objects.one(share_id).begin(now=now)
    if job is None:
        _refuse_if_held(share_id, now=now)
        return None
    if job.tries > MOST_TRIES:
        _give_up(job, now=now)
        return None
    return job


def _refuse_if_held(share_id: str, *, now: datetime) -> None:
    """Have a redelivery try again once the lease of whoever was killed is over."""
    found: Share | None = Share.objects(id=share_id).first()
    if found is not None and found.state == ShareState.RUNNING.value:
        left_s = (found.updated_at + LEASE - now).total_seconds()
        raise JobHeld(subject_id=share_id, retry_after_s=max(1.0, left_s + 1))


def _give_up(job: Share, *, now: datetime) -> None:
    close(job, GAVE_UP, f"nothing came of {job.tries} tries", now=now)


def _fill(job: Share, template: Template, tools: Tools) -> None:
    if keeping.is_stored(job.draft, tools.shelf):
        counts.count_job(counts.SHARE, "resumed")
        _show(job, job.draft, tools.shelf, now=tools.clock())
        return
    pulse = Pulse(job, tools.clock)
    with (
        scratch.folder("share") as into,
        tools.footage as footage,
    ):
        cut = Cut(start_s=job.start_s, end_s=job.end_s)
        made = tools.composer.compose(footage, cut, template, into, pulse.making)
        draft = keeping.describe(made, into, f"previews/share/{job.pk}", now=tools.clock())
        counts.count_cost(counts.SHARE, draft)
        pulse.check(MAKING)
        _store(job, draft, into, tools.shelf, pulse)
    counts.count_job(counts.SHARE, "made")
    _show(job, draft, tools.shelf, now=tools.clock())


def _store(job: Share, draft: Revision, into: Path, shelf: Shelf, pulse: Pulse) -> None:
    """Write down, then store."""
    garbage = sorted({*job.garbage, *job.draft.names()} - set(draft.names()))
    if not Share.objects.note_draft(job, draft, garbage, now=pulse.clock()):
        raise JobOvertaken(subject_id=job.subject_id)
    keeping.store(draft, into, shelf, pulse.storing)


def _show(job: Share, made: Revision, shelf: Shelf, *, now: datetime) -> None:
    ready = ShareReady(
        at=now,
        share_id=str(job.pk),
        recording_id=job.recording_id,
        creator_id=job.creator_id,
    )
    if Share.objects.finish(job, made, announcing=ready):
        sweep(str(job.pk), shelf, now=now)
        return
    winner: Share | None = Share.objects(id=job.pk).first()
    kept = names_of((winner.shown, winner.draft)) if winner else set()
    keeping.discard(set(made.names()) - kept, shelf)  # what the winner names, its sweep deletes

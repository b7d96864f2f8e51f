"""Sets as such: expected, shown, closed, cancelled, begun anew, removed."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Final

import structlog

from apps.previews.contracts import Priority, State, Subject
from apps.previews.documents.assets import Revision
from apps.previews.documents.sets import PreviewSet
from apps.previews.documents.work import TIDY_AFTER
from apps.previews.errors import (
    AlreadyInWork,
    MadeJustNow,
    NothingToCancel,
    PreviewNotFound,
    TooManyInWork,
)
from apps.previews.events import PreviewFailed, PreviewReady
from apps.previews.ports import Shelf
from apps.previews.services import counts, keeping
from kit.events import Event

log = structlog.get_logger()

# Each takes a processor for ten seconds and more, in the line that everybody else waits in.
ANEW_AFTER: Final = timedelta(minutes=10)
MOST_UNDER_WAY: Final = 3


def expect(
    *,
    recording_id: str,
    broadcast_id: str,
    now: datetime,
    priority: Priority = Priority.FRESH,
) -> None:
    """Let the set be known before its work is queued, so that a lost task is missed."""
    PreviewSet.ensure(
        Subject.RECORDING, recording_id, broadcast_id=broadcast_id, now=now, priority=priority
    )


def regenerate(
    *, subject: Subject, subject_id: str, now: datetime, priority: Priority = Priority.FRESH
) -> None:
    """Let a set be made anew; what it shows stays until then.

    Raises:
        PreviewNotFound: there is none.
        AlreadyInWork: it waits or is made at the moment.

    """
    _require(subject, subject_id)
    if not PreviewSet.objects.of(subject, subject_id).start_over(priority=priority, now=now):
        raise AlreadyInWork(subject=subject.value, subject_id=subject_id)


def regenerate_own(*, recording_id: str, by: str, now: datetime) -> None:
    """Let the set of a recording be made anew for its creator, who may ask for it now and then.

    Raises:
        PreviewNotFound, AlreadyInWork: as `regenerate`.
        MadeJustNow: it was made or asked for minutes ago.
        TooManyInWork: its creator waits for others.

    """
    seen = _require(Subject.RECORDING, recording_id)
    facts = {"subject": seen.subject, "subject_id": recording_id}
    if seen.is_under_way:
        raise AlreadyInWork(**facts)
    moments = [at for at in (seen.shown.made_at, seen.asked_at) if at]
    wait_s = max(((at + ANEW_AFTER - now).total_seconds() for at in moments), default=0.0)
    if wait_s > 0:
        raise MadeJustNow(**facts, retry_after_s=math.ceil(wait_s))
    mine = PreviewSet.objects.filter(id=seen.pk, attempt=seen.attempt)
    if not mine.start_over(priority=Priority.FRESH, now=now, by=by):
        raise AlreadyInWork(**facts)
    # Counted with itself, after it waits: of two at once neither can miss the other.
    if PreviewSet.objects.under_way_for(by).count() > MOST_UNDER_WAY:
        PreviewSet.objects.take_back(seen, now=now)
        raise TooManyInWork(most=MOST_UNDER_WAY)


def cancel(*, subject: Subject, subject_id: str, by: str, now: datetime) -> None:
    """Stop the making of a set; one that shows something goes on showing it.

    Raises:
        PreviewNotFound: there is none.
        NothingToCancel: it is at rest.

    """
    found = _require(subject, subject_id)
    state = State.READY if found.revision else State.CANCELLED
    asked = PreviewSet.objects.of(subject, subject_id).filter(revision=found.revision)
    if not asked.cancel(state=state, by=by, now=now):
        raise NothingToCancel(subject=subject.value, subject_id=subject_id)
    counts.count_job(subject, "cancelled")


def show(seen: PreviewSet, filled: Revision, shelf: Shelf, *, now: datetime) -> None:
    """Show what was stored, unless something happened to the set since it was seen."""
    filled.made_at = now
    garbage = garbage_beside(seen, filled)
    if PreviewSet.objects.finish(seen, filled, garbage, _ready(seen, now=now)):
        sweep(str(seen.pk), shelf, now=now)
    else:
        throw_away(seen, filled, shelf)


def garbage_beside(seen: PreviewSet, filled: Revision) -> list[str]:
    """Return the files nobody needs once `filled` is shown: older than what screens may show."""
    wanted = {*filled.names(), *seen.shown.names(), *(seen.board.former if seen.board else [])}
    unwanted = {*seen.garbage, *seen.before.names(), *seen.draft.names()}
    return sorted(unwanted - wanted)


def throw_away(seen: PreviewSet, made: Revision, shelf: Shelf) -> None:
    """Delete what was made in vain, but for what the faster one made the same."""
    winner: PreviewSet | None = PreviewSet.objects(id=seen.pk).first()
    kept = winner.wanted_names | winner.names_leaving() if winner else set()
    if winner and winner.is_under_way:
        kept |= set(winner.draft.names())  # the next try finds it done
    keeping.discard(set(made.names()) - kept, shelf)


def sweep(set_id: str, shelf: Shelf, *, now: datetime) -> int:
    """Delete what a set no longer needs; return how many files. Safe to repeat."""
    found: PreviewSet | None = PreviewSet.objects(id=set_id).first()
    if found is None:
        return 0
    if found.state == State.REMOVED.value:
        return _erase(found, shelf)
    is_abandoned = not found.is_under_way and found.updated_at < now - TIDY_AFTER
    drafted = found.draft.names() if is_abandoned else []
    kept = found.wanted_names | found.names_leaving(after=now)
    kept |= set() if is_abandoned else set(found.draft.names())
    unwanted = {*found.garbage, *found.names_leaving(), *drafted} - kept
    keeping.discard(unwanted, shelf)
    if is_abandoned or not found.draft.assets:
        PreviewSet.objects.tidied(found, is_draft_gone=is_abandoned, now=now)
    return len(unwanted)


def close(seen: PreviewSet, code: str, detail: str, *, now: datetime) -> None:
    """Let a set in work fail with a reason; what it shows it goes on showing."""
    failed = PreviewFailed(
        at=now,
        subject=seen.subject,
        subject_id=seen.subject_id,
        broadcast_id=seen.broadcast_id,
        code=code,
        detail=detail,
    )
    if PreviewSet.objects.fail(seen, code=code, detail=detail, announcing=failed):
        counts.count_failure(Subject(seen.subject), code)
    log.warning("preview refused", subject=str(seen), code=code, detail=detail)


def remove(found: PreviewSet, shelf: Shelf, *, now: datetime) -> bool:
    """Take a set down with every file; False where it was before. Safe to repeat."""
    removed = bool(PreviewSet.objects.filter(id=found.pk).remove(now=now))
    sweep(str(found.pk), shelf, now=now)
    return removed


def _erase(found: PreviewSet, shelf: Shelf) -> int:
    """Delete every file of a removed set, then the set, once its events are published."""
    unwanted = {*found.garbage, *found.draft.names(), *found.wanted_names}
    unwanted |= found.names_leaving()
    keeping.discard(unwanted, shelf)
    if not found.outbox:
        PreviewSet.objects.filter(id=found.pk, state=State.REMOVED.value).delete()
    return len(unwanted)


def _require(subject: Subject, subject_id: str) -> PreviewSet:
    found: PreviewSet | None = PreviewSet.objects.of(subject, subject_id).first()
    if found is None or found.state == State.REMOVED.value:
        raise PreviewNotFound(subject=subject.value, subject_id=subject_id)
    return found


def _ready(seen: PreviewSet, *, now: datetime) -> list[Event]:
    """Announce what can be shown for the first time, or after a failure that was announced."""
    if seen.revision and not seen.error:
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

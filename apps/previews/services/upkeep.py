"""What a clock finds: sets that wait in vain, that are missing or old, files nobody needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from apps.previews.contracts import Due, Priority, Subject
from apps.previews.documents.sets import PreviewSet
from apps.previews.documents.shares import Share
from apps.previews.documents.thumbnails import Thumbnail
from apps.previews.ports import Shelf
from apps.previews.services import jobs, keeping, sets, shares, thumbnails

STALE_AFTER: Final = timedelta(minutes=10)
# Longer than a lease, so that a redelivery takes over before a reconciler queues a second task.
SILENT_AFTER: Final = timedelta(seconds=60)
BATCH: Final = 100
# Sets of an older engine that one round begins anew, while nobody waits for a fresh one.
UPGRADES: Final = 2


def claim_stale(*, now: datetime) -> list[Due]:
    """Return sets whose work was lost, each once a `STALE_AFTER`, for it to be queued again.

    One that was tried too often is closed as `gave-up` instead.
    """
    claimed = []
    for seen in PreviewSet.objects.waiting_since(now - STALE_AFTER).limit(BATCH):
        if seen.tries >= jobs.MOST_TRIES[Subject(seen.subject)]:
            jobs.give_up(seen, now=now)
        elif PreviewSet.objects.filter(id=seen.pk, tries=seen.tries).wait_again(now=now):
            claimed.append(_due(seen))
    silent = PreviewSet.objects.silent_since(now - SILENT_AFTER).limit(BATCH)
    return claimed + [_due(seen) for seen in silent]


def claim_old(*, now: datetime) -> list[Due]:
    """Begin a few sets of an older engine anew, unless a fresh one waits; return their work."""
    claimed = []
    for seen in PreviewSet.objects.older_than(keeping.ENGINE).limit(UPGRADES):
        asked = PreviewSet.objects.filter(id=seen.pk, revision=seen.revision)
        if asked.start_over(priority=Priority.BACKFILL, now=now):
            claimed.append(_due(seen, Priority.BACKFILL))
    return claimed


def backfill(*, recording_id: str, broadcast_id: str, now: datetime) -> bool:
    """Let a recording without a set, or with one of an older engine, wait for its turn.

    Says whether there is work to queue: a set that is in work, up to date or was refused is not.
    """
    found: PreviewSet | None = PreviewSet.objects.of(Subject.RECORDING, recording_id).first()
    if found is None:
        sets.expect(
            recording_id=recording_id,
            broadcast_id=broadcast_id,
            now=now,
            priority=Priority.BACKFILL,
        )
        return True
    old = PreviewSet.objects.older_than(keeping.ENGINE).filter(id=found.pk)
    return bool(old.start_over(priority=Priority.BACKFILL, now=now))


def needs_backfill(*, recording_id: str) -> bool:
    """Say whether a recording has no set, or one of an older engine."""
    asked = PreviewSet.objects.of(Subject.RECORDING, recording_id)
    if asked.first() is None:
        return True
    return asked.older_than(keeping.ENGINE).first() is not None


def sweep(*, shelf: Shelf, now: datetime) -> int:
    """Delete the files that jobs left behind; return how many."""
    swept = 0
    for seen in PreviewSet.objects.untidy(now=now).only("id").limit(BATCH):
        swept += sets.sweep(str(seen.pk), shelf, now=now)
    for chosen in Thumbnail.objects.untidy(now=now).only("id").limit(BATCH):
        thumbnails.sweep(str(chosen.pk), shelf)
    for share in Share.objects.untidy(now=now).only("id").limit(BATCH):
        swept += shares.sweep(str(share.pk), shelf, now=now)
    return swept


def take_down(*, subject: Subject, gone: Sequence[str], shelf: Shelf, now: datetime) -> int:
    """Remove the sets and choices of subjects that are gone; return how many sets.

    With a broadcast goes what was recorded of it.
    """
    field = "broadcast_id" if subject is Subject.BROADCAST else "subject_id"
    asked = {f"{field}__in": list(gone)}
    for chosen in Thumbnail.objects.filter(**asked):
        thumbnails.remove(chosen, shelf)
    share_field = field.replace("subject_id", "recording_id")
    for share in Share.objects.filter(**{f"{share_field}__in": list(gone)}):
        shares.remove(share_id=str(share.pk), shelf=shelf, now=now)
    return sum(sets.remove(found, shelf, now=now) for found in PreviewSet.objects.filter(**asked))


def audited(*, missing: Sequence[tuple[str, str]], now: datetime) -> list[Due]:
    """Let recordings (id, broadcast id) without a set wait for their turn; return their work."""
    for recording_id, broadcast_id in missing:
        sets.expect(
            recording_id=recording_id,
            broadcast_id=broadcast_id,
            now=now,
            priority=Priority.BACKFILL,
        )
    backfill = Priority.BACKFILL.value
    return [
        Due(subject=Subject.RECORDING.value, subject_id=one, priority=backfill)
        for one, _ in missing
    ]


def _due(seen: PreviewSet, priority: Priority = Priority.FRESH) -> Due:
    return Due(subject=seen.subject, subject_id=seen.subject_id, priority=priority.value)

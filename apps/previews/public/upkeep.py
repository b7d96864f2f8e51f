"""What the clock asks for, and operators after a release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils import timezone

from apps.previews import wiring
from apps.previews.contracts import Audit, Backlog, Due, Subject
from apps.previews.queries import sets
from apps.previews.services import interest, thumbnails, upkeep, walks
from apps.streams import public as streams

AUDITED: Final = 200
# Sets that one round of the audit begins, while nobody waits for a fresh one.
BEGUN: Final = 10


def list_live_ids() -> list[str]:
    """Return the lives whose sets are to be made anew: those somebody looks at.

    And those that show nothing yet, so that the first to look sees something.
    """
    live = streams.list_live_ids()
    looked = set(interest.looked_at(live))
    filled = sets.filled_broadcasts([one for one in live if one not in looked])
    return [one for one in live if one in looked or one not in filled]


def claim_stale() -> list[Due]:
    """Return sets whose work was lost, each once in a while; the caller queues it."""
    return upkeep.claim_stale(now=timezone.now())


def claim_old() -> list[Due]:
    """Return a few sets of an older engine, while nobody waits; the caller queues their work."""
    if sets.count_backlog().fresh:
        return []
    return upkeep.claim_old(now=timezone.now())


def claim_stale_thumbnails() -> list[str]:
    """Return choices whose work was lost; the caller queues it."""
    return thumbnails.claim_stale(now=timezone.now())


def sweep() -> int:
    """Delete files that jobs left behind; return how many.

    Raises:
        Unavailable: the storage does not answer.

    """
    return upkeep.sweep(shelf=wiring.shelf(), now=timezone.now())


def take_down(*, subject: str, subject_ids: Sequence[str]) -> int:
    """Delete everything made of subjects that are gone; return how many sets. Safe to repeat."""
    return upkeep.take_down(
        subject=Subject(subject), gone=subject_ids, shelf=wiring.shelf(), now=timezone.now()
    )


def audit() -> tuple[Audit, list[Due]]:
    """Look at some recordings without a set, and at some sets without a subject.

    Each call walks on from where the last one ended, and begins anew at the end. Returns what was
    found, and work for the caller to queue.

    Raises:
        Unavailable: the storage does not answer.

    """
    seen, due = (0, []) if sets.count_backlog().fresh else _begin_missing()
    removed = sum(_take_down_gone(subject) for subject in Subject)
    return Audit(seen=seen, missing=len(due), removed=removed), due


def list_stored(*, after: str, limit: int) -> list[tuple[str, str]]:
    """Return ids of stored recordings with their broadcasts', oldest first, from an id on."""
    return streams.list_stored(after=after, limit=limit)


def count_stored() -> int:
    return streams.count_stored()


def needs_backfill(*, recording_id: str) -> bool:
    """Say whether a recording has no set, or one of an older engine."""
    return upkeep.needs_backfill(recording_id=recording_id)


def backfill(*, recording_id: str, broadcast_id: str) -> bool:
    """Let a recording that needs a set wait for its turn; say whether its work is to be queued."""
    return upkeep.backfill(
        recording_id=recording_id, broadcast_id=broadcast_id, now=timezone.now()
    )


def count_backlog() -> Backlog:
    """Count what waits or is made."""
    return sets.count_backlog()


def _begin_missing() -> tuple[int, list[Due]]:
    """Look at the next recordings, as far as a few without a set; return how many were seen."""
    stored = streams.list_stored(after=walks.place("recordings"), limit=AUDITED)
    known = sets.known_recordings([recording_id for recording_id, _ in stored])
    missing = [pair for pair in stored if pair[0] not in known]
    begun = missing[:BEGUN]
    due = upkeep.audited(missing=begun, now=timezone.now())
    last = begun[-1] if len(missing) > BEGUN else stored[-1] if len(stored) == AUDITED else ("",)
    walks.keep("recordings", last[0])
    return len(stored), due


def _take_down_gone(subject: Subject) -> int:
    walk = f"sets-of-{subject.value}s"
    found = sets.list_subjects(subject=subject, after=walks.place(walk), limit=AUDITED)
    ids = [subject_id for _, subject_id in found]
    is_live = subject is Subject.BROADCAST
    gone = streams.gone_broadcasts(ids) if is_live else streams.gone_recordings(ids)
    removed = take_down(subject=subject, subject_ids=gone)
    walks.keep(walk, found[-1][0] if len(found) == AUDITED else "")
    return removed

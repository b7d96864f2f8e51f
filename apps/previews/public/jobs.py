"""Sets are expected, made, cancelled and begun anew."""

from __future__ import annotations

from functools import partial

from django.utils import timezone

from apps.previews import wiring
from apps.previews.contracts import Subject
from apps.previews.public import owners
from apps.previews.services import jobs, lives, sets
from apps.streams import public as streams
from apps.streams.errors import BroadcastNotLive


def expect_recording_set(*, recording_id: str, broadcast_id: str) -> None:
    """Note that a recording wants a set. Safe to repeat."""
    sets.expect(recording_id=recording_id, broadcast_id=broadcast_id, now=timezone.now())


def make_recording_set(*, recording_id: str) -> None:
    """Fill the set of a stored recording. Safe to repeat.

    Raises:
        NotFound: streams has no such recording.
        Unavailable: the maker or the storage failed, or somebody else is at it; try again.

    """
    recording = streams.get_recording(recording_id=recording_id)
    jobs.make_recording_set(
        recording=recording,
        tools=jobs.Tools(
            footage=wiring.archive().lent(recording.storage_name),
            maker=wiring.maker(),
            shelf=wiring.shelf(),
            clock=timezone.now,
        ),
    )


def refresh_live(*, broadcast_id: str) -> None:
    """Make the set of a running broadcast anew, where it has newer footage. Safe to repeat.

    Raises:
        Unavailable: no footage yet, or the maker or the storage failed; try again.

    """
    lives.refresh_live(
        broadcast_id=broadcast_id,
        on_air=lives.OnAir(
            lend_newest=partial(streams.lend_live_segments, broadcast_id=broadcast_id),
            list_dvr=partial(streams.list_dvr_segments, broadcast_id=broadcast_id),
        ),
        maker=wiring.maker(),
        shelf=wiring.shelf(),
        clock=timezone.now,
    )


def regenerate(*, subject: str, subject_id: str) -> None:
    """Let a set be made anew; the caller queues the work.

    Raises:
        PreviewNotFound: there is none.
        AlreadyInWork: it waits or is made at the moment.
        BroadcastNotLive: it is over, so there is nothing to make it of.

    """
    kind = Subject(subject)
    if kind is Subject.BROADCAST:
        found = streams.get_state(broadcast_id=subject_id).broadcast
        if not found.is_live:
            raise BroadcastNotLive(broadcast_id=subject_id, state=found.state)
    sets.regenerate(subject=kind, subject_id=subject_id, now=timezone.now())


def regenerate_own(*, recording_id: str, by: str) -> None:
    """Let the set of one's own recording be made anew; the caller queues the work.

    Raises:
        RecordingNotFound, BroadcastNotFound, NotYourBroadcast: it is not the caller's.
        PreviewNotFound, AlreadyInWork: as `regenerate`.
        MadeJustNow, TooManyInWork: not now; staff are not held back so.

    """
    owners.own_recording(recording_id=recording_id, by=by)
    sets.regenerate_own(recording_id=recording_id, by=by, now=timezone.now())


def cancel(*, subject: str, subject_id: str, by: str) -> None:
    """Stop the making of a set; its child is gone within seconds.

    Raises:
        PreviewNotFound: there is none.
        NothingToCancel: it is at rest.

    """
    sets.cancel(subject=Subject(subject), subject_id=subject_id, by=by, now=timezone.now())


def cancel_own(*, recording_id: str, by: str) -> None:
    """Stop the making of the set of one's own recording.

    Raises:
        RecordingNotFound, BroadcastNotFound, NotYourBroadcast: it is not the caller's.
        PreviewNotFound, NothingToCancel: as `cancel`.

    """
    owners.own_recording(recording_id=recording_id, by=by)
    cancel(subject=Subject.RECORDING, subject_id=recording_id, by=by)

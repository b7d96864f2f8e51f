"""What there is to show."""

from __future__ import annotations

from collections.abc import Iterable

from apps.previews import wiring
from apps.previews.contracts import PreviewSummary, Subject
from apps.previews.queries import sets
from apps.previews.services import interest
from apps.streams import public as streams


def get_preview(*, subject: str, subject_id: str) -> PreviewSummary:
    """Return the set of a `broadcast` or a `recording`.

    Raises:
        PreviewNotFound: nothing was ever expected of it.

    """
    return sets.get_preview(subject=subject, subject_id=subject_id, url_of=wiring.shelf().url)


def find_previews(*, subject: str, subject_ids: Iterable[str]) -> dict[str, PreviewSummary]:
    """Return what there is by subject id, in two queries however many are asked for.

    Lives that are asked for are looked at, and so are kept fresh for a while.
    """
    ids = list(subject_ids)
    if subject == Subject.BROADCAST:
        interest.note(ids)
    return sets.find_previews(subject=subject, subject_ids=ids, url_of=wiring.shelf().url)


def get_broadcast_preview(*, broadcast_id: str, viewer_id: str) -> PreviewSummary:
    """Return the best set of a broadcast: its newest recording's, or else its live one.

    Raises:
        BroadcastNotFound: there is none that this viewer may see.
        PreviewNotFound: nothing was ever expected of it.

    """
    streams.get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    interest.note([broadcast_id])
    return sets.get_broadcast_preview(broadcast_id=broadcast_id, url_of=wiring.shelf().url)


def get_recording_preview(*, recording_id: str, viewer_id: str) -> PreviewSummary:
    """Return the set of a recording.

    Raises:
        RecordingNotFound, BroadcastNotFound: there is none that this viewer may see.
        PreviewNotFound: nothing was ever expected of it.

    """
    streams.watch_recording(recording_id=recording_id, viewer_id=viewer_id)
    return get_preview(subject=Subject.RECORDING, subject_id=recording_id)

"""Whose a subject is: only its creator may choose, cancel and begin anew."""

from __future__ import annotations

from apps.previews.contracts import Subject
from apps.previews.services.thumbnails import Picked
from apps.streams import public as streams
from apps.streams.contracts import RecordingSummary
from apps.streams.errors import NotYourBroadcast


def own_recording(*, recording_id: str, by: str) -> RecordingSummary:
    found = streams.watch_recording(recording_id=recording_id, viewer_id=by)
    if found.creator_id != by:
        raise NotYourBroadcast(broadcast_id=found.broadcast_id)
    return found


def own_subject(*, subject: str, subject_id: str, by: str) -> Picked:
    """Return whose poster it is.

    Raises:
        RecordingNotFound, BroadcastNotFound: the caller may not even see it.
        NotYourBroadcast: it is somebody else's.

    """
    kind = Subject(subject)
    if kind is Subject.RECORDING:
        broadcast_id = own_recording(recording_id=subject_id, by=by).broadcast_id
        return Picked(subject=kind, subject_id=subject_id, broadcast_id=broadcast_id)
    found = streams.get_broadcast(broadcast_id=subject_id, viewer_id=by)
    if found.creator_id != by:
        raise NotYourBroadcast(broadcast_id=subject_id)
    return Picked(subject=kind, subject_id=subject_id, broadcast_id=subject_id)

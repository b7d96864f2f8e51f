"""Recordings and what is kept of a running broadcast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import (
    BroadcastSummary,
    DueWork,
    DvrSegment,
    LiveSegments,
    RecordingSummary,
    SegmentSummary,
)
from apps.streams.errors import (
    NotYourBroadcast,
    RecordingNotFound,
    RecordingPartsMissing,
    SegmentNotFound,
)
from apps.streams.public.broadcasts import findable_visibilities, get_broadcast, seen_by
from apps.streams.public.playback import relay_of, sign_file
from apps.streams.queries import broadcasts as found_broadcasts
from apps.streams.queries import recordings as found_recordings
from apps.streams.rules import dvr
from apps.streams.services import (
    reconciling,
    recordings,
    removal,
    renditions,
    segments,
    sessions,
    storing,
)
from kit.pages import Page, PageRequest

# A session's last part may still be written for this long after its lease.
FLUSH_GRACE_S: Final = 15
NEWEST_SEGMENTS: Final = 3


def list_recent_recordings(*, viewer_id: str, limit: int) -> list[RecordingSummary]:
    found = found_recordings.list_recordings(
        visibilities=("public",), creator_id="", page=PageRequest(limit=limit)
    )
    return _seen_by(viewer_id, found.items)


def find_watchable_recordings(
    *, recording_ids: Sequence[str], viewer_id: str
) -> list[RecordingSummary]:
    """Return those of some recordings that a viewer may see, as `watch_recording` decides it."""
    found = found_recordings.find_recordings(recording_ids=recording_ids)
    there = [row for row in found if row.state != "removed"]
    broadcasts = found_broadcasts.find_broadcasts(
        broadcast_ids=[row.broadcast_id for row in there]
    )
    seen = {row.id for row in seen_by(viewer_id, list(broadcasts.values()))}
    return [row for row in there if row.broadcast_id in seen]


def list_recordings(
    *, creator_id: str, viewer_id: str, page: PageRequest
) -> Page[RecordingSummary]:
    found = found_recordings.list_recordings(
        visibilities=findable_visibilities(creator_id=creator_id, viewer_id=viewer_id),
        creator_id=creator_id,
        page=page,
    )
    return Page(_seen_by(viewer_id, found.items), found.next)


def _seen_by(viewer_id: str, found: list[RecordingSummary]) -> list[RecordingSummary]:
    """Leave out recordings of broadcasts their viewer may not find now.

    A recording keeps the visibility of its day to be found by; the broadcast's own decides.
    """
    broadcasts = found_broadcasts.find_broadcasts(
        broadcast_ids=[row.broadcast_id for row in found]
    )
    seen = {row.id: row for row in seen_by(viewer_id, list(broadcasts.values()))}
    return [
        row
        for row in found
        if row.broadcast_id in seen
        and (row.visibility == seen[row.broadcast_id].visibility or row.creator_id == viewer_id)
    ]


def list_recordings_of(
    *, broadcast_id: str, viewer_id: str, page: PageRequest
) -> Page[RecordingSummary]:
    """Return what is recorded of a broadcast its viewer may see, in whatever state it is."""
    get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    return found_recordings.list_of_broadcast(broadcast_id=broadcast_id, page=page)


def list_watched_recordings(*, search: str, page: PageRequest) -> Page[RecordingSummary]:
    """Return, for staff, what is in a state; without one all that is on its way or failed."""
    every = found_recordings.WATCHED_STATES
    known = (*every, "published")
    return found_recordings.list_watched(states=(search,) if search in known else every, page=page)


def get_recording_of(*, broadcast_id: str, viewer_id: str) -> RecordingSummary:
    get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    return _there(found_recordings.get_recording_of(broadcast_id=broadcast_id))


def watch_recording(*, recording_id: str, viewer_id: str) -> RecordingSummary:
    """Return a recording its viewer may see; to anyone else it does not exist."""
    found = _there(found_recordings.get_recording(recording_id=recording_id))
    get_broadcast(broadcast_id=found.broadcast_id, viewer_id=viewer_id)
    return found


def own_recording(*, recording_id: str, by: str) -> RecordingSummary:
    """Return a recording of its creator.

    Raises:
        RecordingNotFound, BroadcastNotFound: there is none that `by` may see.
        NotYourBroadcast: it is somebody else's.

    """
    found = watch_recording(recording_id=recording_id, viewer_id=by)
    if found.creator_id != by:
        raise NotYourBroadcast(broadcast_id=found.broadcast_id)
    return found


def _there(found: RecordingSummary) -> RecordingSummary:
    if found.state == "removed":
        raise RecordingNotFound(recording_id=found.id)
    return found


def lend_live_segments(*, broadcast_id: str, into: Path) -> LiveSegments:
    """Return files of the newest segments on air; what only the engine has is saved to a folder.

    There are none before the first, and where they are gone again.

    Raises:
        EngineDown: the engine has them, and does not answer.

    """
    engine = wiring.media_engine()
    if not engine.is_relayed():
        found = engine.find_segments(broadcast_id, newest=NEWEST_SEGMENTS)
        return found or LiveSegments(init="", segments=[])
    try:
        return relay_of(broadcast_id).fetch_newest(into, count=NEWEST_SEGMENTS)
    except SegmentNotFound:
        return LiveSegments(init="", segments=[])


def list_dvr_segments(*, broadcast_id: str) -> list[DvrSegment]:
    """Return what of a running broadcast can still be played, oldest first."""
    playlist = wiring.media_engine().find_live_file(broadcast_id, segments.DVR)
    return dvr.segments_of(playlist.read_text(), playlist.parent) if playlist else []


def list_segments(
    *, broadcast_id: str, viewer_id: str, first: int, limit: int, session: str = ""
) -> Page[SegmentSummary]:
    """Return segments of a broadcast in the order of time, from the one of this number on.

    Their addresses stop as those of `make_playback` do, with the end of `session` too.
    """
    broadcast = get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    found = segments.list_segments(
        broadcast=broadcast,
        recording=_recorded(broadcast),
        find_file=wiring.media_engine().find_live_file,
        vault=wiring.vault(),
        span=(first, limit),
    )
    claim = {"broadcast_id": broadcast_id, "viewer_id": viewer_id, "session": session}
    return found.map(lambda one: replace(one, url=sign_file(name=one.name, **claim)))


def _recorded(broadcast: BroadcastSummary) -> RecordingSummary | None:
    if broadcast.is_live:
        return None
    try:
        return found_recordings.get_recording_of(broadcast_id=broadcast.id)
    except RecordingNotFound:
        return None


def expect_recording(*, broadcast_id: str) -> str:
    return recordings.expect_recording(broadcast_id=broadcast_id, now=timezone.now())


def note_turn(*, broadcast_id: str, event_id: str, at: datetime, is_on: bool) -> None:
    recordings.note_turn(broadcast_id=broadcast_id, event_id=event_id, at=at, is_on=is_on)


def store_recording(*, broadcast_id: str) -> bool:
    """Do the next step of a recording; return whether another one is left.

    Waits, by a retry, for a session that still writes its part.
    """
    if sessions.is_session_open(
        broadcast_id=broadcast_id, now=timezone.now(), grace_s=FLUSH_GRACE_S
    ):
        raise RecordingPartsMissing(broadcast_id=broadcast_id)
    return recordings.store_recording(broadcast_id=broadcast_id, workshop=wiring.workshop())


def make_renditions(*, recording_id: str) -> bool:
    return renditions.make_renditions(recording_id=recording_id, workshop=wiring.workshop())


def tidy_recording(*, recording_id: str) -> None:
    storing.tidy(recording_id=recording_id, workshop=wiring.workshop())


def retry_recording(*, recording_id: str) -> bool:
    return recordings.retry_recording(recording_id=recording_id, now=timezone.now())


def claim_due_recordings() -> list[DueWork]:
    """Return work that stalled, and clear away what dead workers left on this machine."""
    wiring.workshop().sweep()
    return reconciling.claim_due(now=timezone.now())


def count_recordings() -> Iterator[tuple[str, int, float]]:
    """Yield state, how many are in it, and the age of the oldest in seconds."""
    now = timezone.now()
    for state, count, since in found_recordings.count_watched():
        yield state, count, (now - since).total_seconds() if since else 0.0


def remove_own_recording(*, recording_id: str, by: str) -> None:
    own_recording(recording_id=recording_id, by=by)
    remove_recording(recording_id=recording_id, by=by, reason="creator")


def remove_recording(*, recording_id: str, by: str, reason: str, note: str = "") -> bool:
    return removal.remove_recording(
        recording_id=recording_id, by=by, reason=reason, note=note, now=timezone.now()
    )


def remove_recording_of(*, broadcast_id: str, by: str) -> bool:
    return removal.remove_recording_of(broadcast_id=broadcast_id, by=by, now=timezone.now())


def remove_recordings_of(*, creator_id: str, by: str, reason: str) -> int:
    return removal.remove_of_creator(
        creator_id=creator_id, by=by, reason=reason, now=timezone.now()
    )


def purge_recording(*, recording_id: str) -> int:
    return removal.purge_recording(recording_id=recording_id, workshop=wiring.workshop())


def list_expired_recordings() -> list[RecordingSummary]:
    return list(removal.list_expired(days=wiring.retention_days(), now=timezone.now()))


def expire_recordings() -> int:
    return removal.expire_recordings(days=wiring.retention_days(), now=timezone.now())


def set_retention(*, creator_id: str, days: int | None) -> None:
    removal.set_retention(creator_id=creator_id, days=days)

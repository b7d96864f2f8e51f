"""Recordings and what is kept of a running broadcast."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import (
    DvrSegment,
    LiveSegments,
    RecordingSummary,
)
from apps.streams.errors import (
    RecordingPartsMissing,
)
from apps.streams.public.broadcasts import findable_visibilities, get_broadcast
from apps.streams.queries import recordings as found_recordings
from apps.streams.rules import dvr
from apps.streams.services import recordings, sessions
from kit.pages import Page, PageRequest

# A session's last part may still be written for this long after its lease.
FLUSH_GRACE_S: Final = 15
NEWEST_SEGMENTS: Final = 3
DVR_PLAYLIST: Final = "dvr.m3u8"


def list_recent_recordings(*, limit: int) -> list[RecordingSummary]:
    found = found_recordings.list_recordings(
        visibilities=("public",), creator_id="", page=PageRequest(limit=limit)
    )
    return found.items


def list_recordings(
    *, creator_id: str, viewer_id: str, page: PageRequest
) -> Page[RecordingSummary]:
    return found_recordings.list_recordings(
        visibilities=findable_visibilities(creator_id=creator_id, viewer_id=viewer_id),
        creator_id=creator_id,
        page=page,
    )


def get_recording_of(*, broadcast_id: str, viewer_id: str) -> RecordingSummary:
    get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    return found_recordings.get_recording_of(broadcast_id=broadcast_id)


def watch_recording(*, recording_id: str, viewer_id: str) -> RecordingSummary:
    """Return a recording its viewer may see; to anyone else it does not exist."""
    found = found_recordings.get_recording(recording_id=recording_id)
    get_broadcast(broadcast_id=found.broadcast_id, viewer_id=viewer_id)
    return found


def list_live_segments(*, broadcast_id: str) -> LiveSegments:
    found = wiring.media_engine().find_segments(broadcast_id, newest=NEWEST_SEGMENTS)
    return found or LiveSegments(init="", segments=[])


def list_dvr_segments(*, broadcast_id: str) -> list[DvrSegment]:
    """Return what of a running broadcast can still be played, oldest first."""
    playlist = wiring.media_engine().find_live_file(broadcast_id, DVR_PLAYLIST)
    return dvr.segments_of(playlist.read_text(), playlist.parent) if playlist else []


def expect_recording(*, broadcast_id: str) -> str:
    return recordings.expect_recording(broadcast_id=broadcast_id)


def store_recording(*, broadcast_id: str) -> None:
    """Store what was recorded; waits, by a retry, for a session that still writes its part."""
    if sessions.is_session_open(
        broadcast_id=broadcast_id, now=timezone.now(), grace_s=FLUSH_GRACE_S
    ):
        raise RecordingPartsMissing(broadcast_id=broadcast_id)
    recordings.store_recording(
        broadcast_id=broadcast_id,
        engine=wiring.media_engine(),
        joiner=wiring.joiner(),
        storage=wiring.storage(),
        now=timezone.now(),
    )


def list_unstored(*, older_than_s: int, limit: int = 100) -> list[str]:
    """Return ended broadcasts whose recording is overdue."""
    before = timezone.now() - timedelta(seconds=older_than_s)
    return recordings.list_due(before=before, limit=limit)

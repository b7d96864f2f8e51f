"""Signed playback addresses."""

from __future__ import annotations

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import (
    Playback,
)
from apps.streams.errors import (
    RecordingNotFound,
)
from apps.streams.public.broadcasts import get_broadcast
from apps.streams.queries import recordings as found_recordings
from apps.streams.services import playback


def make_playback(*, broadcast_id: str, viewer_id: str) -> Playback:
    """Sign an address for what is on air, or for what was recorded of it.

    Raises:
        BroadcastNotFound: the viewer may not see it, or there is none.
        RecordingNotFound: it is over and nothing is stored of it, or not yet.

    """
    found = get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    if (
        not found.is_live
        and found_recordings.get_recording_of(broadcast_id=broadcast_id).state != "stored"
    ):
        raise RecordingNotFound(recording_id=f"of broadcast {broadcast_id}")
    return playback.make_playback(
        broadcast=found,
        output=wiring.media_engine(),
        ttl_s=wiring.playback_ttl_s(),
        now=timezone.now(),
    )


def find_playback_file(*, token: str, name: str) -> playback.PlaybackFile:
    broadcast_id = playback.read_token(token, ttl_s=wiring.playback_ttl_s())
    return playback.find_file(
        broadcast_id=broadcast_id,
        name=name,
        engine=wiring.media_engine(),
        storage=wiring.storage(),
    )

"""Signed playback addresses."""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import (
    BroadcastSummary,
    Playback,
)
from apps.streams.errors import (
    RecordingNotFound,
)
from apps.streams.public.broadcasts import get_broadcast
from apps.streams.queries import recordings as found_recordings
from apps.streams.rules.playlists import MASTER
from apps.streams.services import playback
from apps.streams.services.segments import DVR, VOD


def make_playback(*, broadcast_id: str, viewer_id: str) -> Playback:
    """Sign an address for what is on air, or for what was recorded of it.

    Raises:
        BroadcastNotFound: the viewer may not see it, or there is none.
        RecordingNotFound: it is over and nothing is stored of it, or not yet.

    """
    found = get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    if (
        not found.is_live
        and not found_recordings.get_recording_of(broadcast_id=broadcast_id).is_stored
    ):
        raise RecordingNotFound(recording_id=f"of broadcast {broadcast_id}")
    made = playback.make_playback(
        broadcast=found,
        output=wiring.media_engine(),
        ttl_s=wiring.playback_ttl_s(),
        now=timezone.now(),
    )
    return _with_more(made, found, viewer_id)


def _with_more(made: Playback, found: BroadcastSummary, viewer_id: str) -> Playback:
    """Add what else there is to play: everything since the first picture, or the renditions."""
    if found.is_live:
        has_dvr = wiring.media_engine().find_live_file(found.id, DVR) is not None
        url = sign_file(broadcast_id=found.id, name=DVR, viewer_id=viewer_id) if has_dvr else ""
        return replace(made, dvr_url=url)
    if found_recordings.get_recording_of(broadcast_id=found.id).state != "published":
        return made
    name = f"{VOD}{MASTER}"
    return replace(made, hls_url=sign_file(broadcast_id=found.id, name=name, viewer_id=viewer_id))


def sign_file(
    *,
    broadcast_id: str,
    name: str,
    viewer_id: str,  # noqa: ARG001 (an address is good for everybody, as yet)
    session: str = "",  # noqa: ARG001
) -> str:
    """Return the address of one file of a broadcast, as `vod/index.m3u8` or `index.m3u8`.

    Whether the viewer may watch is the caller's to ask.
    """
    return playback.sign(broadcast_id=broadcast_id, name=name)


def find_playback_file(*, token: str, name: str) -> playback.PlaybackFile:
    broadcast_id = playback.read_token(token, ttl_s=wiring.playback_ttl_s())
    return playback.find_file(
        broadcast_id=broadcast_id,
        name=name,
        engine=wiring.media_engine(),
        storage=wiring.storage(),
    )

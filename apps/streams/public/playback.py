"""Playback addresses, and the files below them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import (
    BroadcastSummary,
    Playback,
)
from apps.streams.errors import (
    PlaybackRefused,
    RecordingNotFound,
)
from apps.streams.public.broadcasts import get_broadcast
from apps.streams.queries import recordings as found_recordings
from apps.streams.rules.playlists import MASTER
from apps.streams.services import playback, verdicts
from apps.streams.services.relaying import Relay
from apps.streams.services.segments import DVR, VOD


def make_playback(*, broadcast_id: str, viewer_id: str, session: str = "") -> Playback:
    """Sign an address for what is on air, or for what was recorded of it.

    It stops with its time, and within a minute of whatever ends the viewer's right: a block, a
    change of visibility, an unfollow, a removal, a suspension, the end of `session`.

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
    claim = verdicts.Claim(broadcast_id=broadcast_id, viewer_id=viewer_id, session=session)
    made = playback.make_playback(
        broadcast=found,
        claim=claim,
        safe=wiring.playback_safe(),
        ttl_s=wiring.playback_ttl_s(),
        now=timezone.now(),
    )
    return _with_more(made, found, claim)


def _with_more(made: Playback, found: BroadcastSummary, claim: verdicts.Claim) -> Playback:
    """Add what else there is to play: everything since the first picture, or the renditions."""
    if found.is_live:
        has_dvr = wiring.media_engine().find_live_file(found.id, DVR) is not None
        return replace(made, dvr_url=_signed(claim, DVR) if has_dvr else "")
    if found_recordings.get_recording_of(broadcast_id=found.id).state != "published":
        return made
    return replace(made, hls_url=_signed(claim, f"{VOD}{MASTER}"))


def sign_file(*, broadcast_id: str, name: str, viewer_id: str, session: str = "") -> str:
    """Return the address of one file of a broadcast, as `vod/index.m3u8` or `index.m3u8`.

    Whether the viewer may watch is the caller's to ask here, and asked again with each use.
    """
    claim = verdicts.Claim(broadcast_id=broadcast_id, viewer_id=viewer_id, session=session)
    return _signed(claim, name)


def _signed(claim: verdicts.Claim, name: str) -> str:
    return playback.sign(
        claim=claim,
        name=name,
        safe=wiring.playback_safe(),
        expires_at=timezone.now() + timedelta(seconds=wiring.playback_ttl_s()),
    )


def find_playback_file(*, token: str, name: str) -> playback.PlaybackFile:
    """Return a file below an address, while its claim holds.

    Raises:
        PlaybackRefused: forged, over, or its viewer may not watch any more.
        SegmentNotFound: no such file, or not yet.
        EngineDown: the engine serves it, and does not answer.

    """
    claim = playback.read_token(token, safe=wiring.playback_safe(), now=timezone.now())
    verdict = verdicts.get_verdict(claim)
    if not verdict.may_watch:
        raise PlaybackRefused
    return playback.find_file(
        broadcast_id=claim.broadcast_id,
        name=name,
        is_live=verdict.is_live,
        files=wiring.media_engine(),
        relay=relay_of(claim.broadcast_id),
        storage=wiring.storage(),
    )


def relay_of(broadcast_id: str) -> Relay:
    """Return the way to the playlists of an engine that serves HLS itself."""
    return Relay(
        broadcast_id=broadcast_id,
        output=wiring.media_engine(),
        origin=wiring.origin(),
        now=timezone.now(),
    )


def forget_broadcast_verdicts(*, broadcast_id: str) -> None:
    """Ask anew, from now on, whether each player of a broadcast may go on."""
    verdicts.forget_broadcast(broadcast_id)


def forget_viewer_verdicts(*, viewer_id: str) -> None:
    """Ask anew, from now on, whether a viewer's players may go on."""
    verdicts.forget_viewer(viewer_id)

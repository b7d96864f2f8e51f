"""Playback addresses: sealed, for one viewer, until a moment; and the files below them.

Everything of an address is sealed, so that it names neither key nor id nor viewer. Names below
it are relative: a playlist may point to others, and to segments, without signing each.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from cryptography.fernet import InvalidToken
from django.core.files.storage import Storage

from apps.streams.contracts import BroadcastSummary, Playback
from apps.streams.errors import PlaybackRefused, SegmentNotFound
from apps.streams.ports import LiveFiles
from apps.streams.queries.recordings import get_recording_of
from apps.streams.rules.playlists import ended
from apps.streams.rules.recordings import vod_folder
from apps.streams.services.relaying import Relay
from apps.streams.services.verdicts import Claim
from apps.streams.services.vod import find_clip
from kit.secrets import Safe

RECORDING: Final = "recording.mp4"
PLAYLIST: Final = "index.m3u8"
PLAYLIST_SUFFIX: Final = ".m3u8"
VOD: Final = "vod/"
# Never up, never hidden.
STORED_NAME: Final = re.compile(
    r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,3}"
)
TYPES: Final = {
    PLAYLIST_SUFFIX: "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".ts": "video/mp2t",
    ".vtt": "text/vtt; charset=utf-8",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}
UNKNOWN: Final = "application/octet-stream"
MAX_PLAYLIST_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackFile:
    """One file a player asked for: on disk, in storage, or (a playlist) its bytes."""

    name: str
    content_type: str
    path: Path | None = None
    stored: str = ""
    body: bytes = b""


def make_playback(
    *, broadcast: BroadcastSummary, claim: Claim, safe: Safe, ttl_s: int, now: datetime
) -> Playback:
    """Seal an address for a broadcast that is on air, or for what was recorded of it."""
    name = PLAYLIST if broadcast.is_live else RECORDING
    expires_at = now + timedelta(seconds=ttl_s)
    return Playback(
        url=sign(claim=claim, name=name, safe=safe, expires_at=expires_at),
        expires_at=expires_at,
        is_live=broadcast.is_live,
    )


def sign(*, claim: Claim, name: str, safe: Safe, expires_at: datetime) -> str:
    """Return the path of one file of a broadcast, for one viewer, until a moment."""
    parts = [claim.broadcast_id, claim.viewer_id, claim.session, int(expires_at.timestamp())]
    return f"/live/{safe.seal(json.dumps(parts))}/{name}"


def read_token(token: str, *, safe: Safe, now: datetime) -> Claim:
    """Return the claim an address was sealed for.

    Raises:
        PlaybackRefused: forged, cut, or over.

    """
    try:
        broadcast_id, viewer_id, session, expires = json.loads(safe.open(token))
    except (InvalidToken, ValueError):
        raise PlaybackRefused from None
    if now >= datetime.fromtimestamp(expires, UTC):
        raise PlaybackRefused
    return Claim(broadcast_id=broadcast_id, viewer_id=viewer_id, session=session)


def find_file(
    *,
    broadcast_id: str,
    name: str,
    is_live: bool,
    files: LiveFiles,
    relay: Relay,
    storage: Storage,
) -> PlaybackFile:
    """Return what a player asked for below an address whose claim holds.

    `recording.mp4` is the stored file, `vod/…` a stored folder of playlists and segments beside
    it, everything else the engine's.

    Raises:
        SegmentNotFound: no such file, or not yet.
        EngineDown: the engine has it, and does not answer.

    """
    clip = find_clip(broadcast_id=broadcast_id, name=name)
    if clip:
        return PlaybackFile(name=name, content_type=TYPES[".mp4"], stored=clip)
    if name == RECORDING or name.startswith(VOD):
        return _stored(broadcast_id, name, storage)
    if relay.output.is_relayed():
        body = relay.get(name, is_live=is_live).encode()
        return PlaybackFile(name=name, content_type=TYPES[PLAYLIST_SUFFIX], body=body)
    path = files.find_live_file(broadcast_id, name)
    if path is None:
        raise SegmentNotFound(name=name)
    kind = TYPES.get(path.suffix, UNKNOWN)
    if path.suffix != PLAYLIST_SUFFIX:
        return PlaybackFile(name=name, content_type=kind, path=path)
    return PlaybackFile(name=name, content_type=kind, body=_playlist(path, is_live=is_live))


def _playlist(path: Path, *, is_live: bool) -> bytes:
    """Return a live playlist, with its end where nothing follows: the engine cannot know."""
    return path.read_bytes() if is_live else ended(path.read_text()).encode()


def _stored(broadcast_id: str, name: str, storage: Storage) -> PlaybackFile:
    recording = get_recording_of(broadcast_id=broadcast_id)
    stored = recording.storage_name
    if name.startswith(VOD):
        below = name.removeprefix(VOD)
        if not STORED_NAME.fullmatch(below):
            raise SegmentNotFound(name=name)
        stored = f"{vod_folder(stored)}{below}"
    if not recording.is_stored or not storage.exists(stored):
        raise SegmentNotFound(name=name)
    suffix = PurePosixPath(name).suffix
    kind = TYPES.get(suffix, UNKNOWN)
    if suffix != PLAYLIST_SUFFIX:
        return PlaybackFile(name=name, content_type=kind, stored=stored)
    with storage.open(stored) as opened:
        return PlaybackFile(name=name, content_type=kind, body=opened.read(MAX_PLAYLIST_BYTES))

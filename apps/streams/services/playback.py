"""Signed playback addresses: who may watch, until when, and which file that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.core import signing
from django.core.files.storage import Storage

from apps.streams.contracts import BroadcastSummary, Playback
from apps.streams.errors import PlaybackRefused, SegmentNotFound
from apps.streams.ports import LiveOutput
from apps.streams.queries.broadcasts import get_broadcast
from apps.streams.queries.recordings import get_recording_of

SALT: Final = "streams.playback"
RECORDING: Final = "recording.mp4"
PLAYLIST: Final = "index.m3u8"
PLAYLIST_SUFFIX: Final = ".m3u8"
TYPES: Final = {
    PLAYLIST_SUFFIX: "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackFile:
    """One file a player asked for; `tail` follows its bytes."""

    name: str
    content_type: str
    path: Path | None = None
    stored: str = ""
    tail: bytes = b""
    is_immutable: bool = True


def make_playback(
    *, broadcast: BroadcastSummary, output: LiveOutput, ttl_s: int, now: datetime
) -> Playback:
    """Sign an address for a broadcast that is on air, or for what was recorded of it.

    Raises:
        EngineDown: the engine serves it, and cannot be asked where.

    """
    if broadcast.is_live:
        address = output.find_address(broadcast.id, now=now, ttl_s=ttl_s)
        if address is not None:
            expires_at = now + timedelta(seconds=ttl_s)
            return Playback(url=address, expires_at=expires_at, is_live=True)
    token = signing.dumps(broadcast.id, salt=SALT, compress=True)
    name = PLAYLIST if broadcast.is_live else RECORDING
    return Playback(
        url=f"/live/{token}/{name}",
        expires_at=now + timedelta(seconds=ttl_s),
        is_live=broadcast.is_live,
    )


def read_token(token: str, *, ttl_s: int) -> str:
    """Return the broadcast a signed address is for.

    Raises:
        PlaybackRefused: forged, or older than `ttl_s`.

    """
    try:
        broadcast_id: str = signing.loads(token, salt=SALT, max_age=ttl_s)
    except signing.BadSignature:
        raise PlaybackRefused from None
    return broadcast_id


def find_file(
    *, broadcast_id: str, name: str, engine: LiveOutput, storage: Storage
) -> PlaybackFile:
    """Return what a player asked for below a signed address.

    Raises:
        SegmentNotFound: no such file, or not yet.

    """
    if name == RECORDING:
        recording = get_recording_of(broadcast_id=broadcast_id)
        if recording.state != "stored" or not storage.exists(recording.storage_name):
            raise SegmentNotFound(name=name)
        return PlaybackFile(
            name=name, content_type=recording.content_type, stored=recording.storage_name
        )
    path = engine.find_live_file(broadcast_id, name)
    if path is None:
        raise SegmentNotFound(name=name)
    kind = TYPES.get(path.suffix, "application/octet-stream")
    if path.suffix != PLAYLIST_SUFFIX:
        return PlaybackFile(name=name, content_type=kind, path=path)
    # The engine cannot know that nothing follows; players would wait for ever. A list of
    # renditions has no end of its own (RFC 8216 §4.3.3.4).
    is_over = not get_broadcast(broadcast_id=broadcast_id).is_live
    is_media = b"\n#EXT-X-STREAM-INF:" not in path.read_bytes()
    tail = b"#EXT-X-ENDLIST\n" if is_over and is_media else b""
    return PlaybackFile(name=name, content_type=kind, path=path, tail=tail, is_immutable=False)

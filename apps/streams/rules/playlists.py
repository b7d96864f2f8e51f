"""HLS playlists (RFC 8216), read and composed: segments with their times and sizes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from apps.streams.contracts import Rung

# Ours; players pass over tags they do not know.
_BYTES: Final = "#EXT-X-SHOWRUNNER-BYTES:"
_MAP: Final = '#EXT-X-MAP:URI="'
_AT: Final = "#EXT-X-PROGRAM-DATE-TIME:"
_END: Final = "#EXT-X-ENDLIST"
_AAC: Final = "mp4a.40.2"
SOUND: Final = "sound.m3u8"
MASTER: Final = "index.m3u8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One media segment; `start_s` counts from the first one, `at` is a wall clock's moment."""

    uri: str
    duration_s: float
    start_s: float = 0.0
    size_bytes: int = 0
    init: str = ""
    at: datetime | None = None


def parse(text: str) -> list[Segment]:
    """Read the segments of a media playlist of ours or of ffmpeg's; unknown tags are passed over.

    Raises:
        ValueError: a number or a moment that is none.

    """
    found: list[Segment] = []
    draft = Segment(uri="", duration_s=0.0)
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            draft = _noted(draft, line)
            continue
        found.append(replace(draft, uri=line))
        draft = Segment(
            uri="",
            duration_s=0.0,
            start_s=draft.start_s + draft.duration_s,
            init=draft.init,
        )
    return found


def ended(text: str) -> str:
    """Return a media playlist with its end; a master one has none."""
    is_media = "#EXTINF" in text
    return f"{text}{_END}\n" if is_media and _END not in text else text


def _noted(draft: Segment, line: str) -> Segment:
    if line.startswith("#EXTINF:"):
        return replace(draft, duration_s=float(line[8:].partition(",")[0]))
    if line.startswith(_BYTES):
        return replace(draft, size_bytes=int(line.removeprefix(_BYTES)))
    if line.startswith(_AT):
        return replace(draft, at=datetime.fromisoformat(line.removeprefix(_AT)))
    if line.startswith(_MAP):
        return replace(draft, init=line.removeprefix(_MAP).partition('"')[0])
    return draft


def media(segments: Sequence[Segment]) -> str:
    """Compose the playlist of a finished rendition."""
    longest = max((segment.duration_s for segment in segments), default=1.0)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{math.ceil(longest)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    init = ""
    for segment in segments:
        if segment.init != init:
            init = segment.init
            lines.append(f'{_MAP}{init}"')
        lines += [f"{_BYTES}{segment.size_bytes}"] if segment.size_bytes else []
        lines += [f"#EXTINF:{segment.duration_s:.6f},", segment.uri]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


@dataclass(frozen=True, slots=True)
class Variant:
    """A finished rendition: what the master playlist says of it."""

    rung: Rung
    segments: Sequence[Segment]
    codec: str


def master(variants: Iterable[Variant], sound: Sequence[Segment]) -> str:
    """Compose the master playlist, best rendition first; the sound is one for all of them."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if sound:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,'
            f'URI="{SOUND}"'
        )
    for one in variants:
        peak = _peak_bps(one.segments) + _peak_bps(sound)
        average = _average_bps(one.segments) + _average_bps(sound)
        codecs = f"{one.codec},{_AAC}" if sound else one.codec
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},"
            f'CODECS="{codecs}",RESOLUTION={one.rung.width}x{one.rung.height}'
            + (',AUDIO="sound"' if sound else ""),
            f"{one.rung.name}.m3u8",
        ]
    return "\n".join([*lines, ""])


def _peak_bps(segments: Sequence[Segment]) -> int:
    rates = (one.size_bytes * 8 / one.duration_s for one in segments if one.duration_s > 0)
    return math.ceil(max(rates, default=0.0))


def _average_bps(segments: Sequence[Segment]) -> int:
    seconds = sum(one.duration_s for one in segments)
    return math.ceil(sum(one.size_bytes for one in segments) * 8 / seconds) if seconds else 0


def avc_codec(init: bytes) -> str:
    """Return the RFC 6381 name of the H.264 in an init segment, from its decoder settings."""
    found = init.find(b"avcC")
    return f"avc1.{init[found + 5 : found + 8].hex()}" if found > 0 else "avc1.4d401f"

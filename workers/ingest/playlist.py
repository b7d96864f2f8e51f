"""The broadcast's one live playlist, composed of the playlists ffmpeg writes per track (RFC 8216).

ffmpeg's own `append_list` was tried and left: a session that comes with another init segment puts
its one EXT-X-MAP before the segments of earlier sessions, too. Here `index.m3u8` itself is the
state: each change reads it first, so a restarted ingest continues the count of segments and of
discontinuities. It never ends: whoever serves it appends EXT-X-ENDLIST once the broadcast is over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

WINDOW: Final = 15
NAME: Final = "index.m3u8"
MIN_TARGET_S: Final = 2
TRACK_GAP_S: Final = 1.0  # room for the track whose sound outlasts its pictures

_ENDS: Final = "SHOWRUNNER-ENDS"
_MAP: Final = re.compile(r'#EXT-X-MAP:URI="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Segment:
    """One media segment; `init` is its init segment, `at` the moment its first frame came."""

    uri: str
    duration_s: float
    init: str
    at: str
    discontinuity: bool = False


@dataclass(frozen=True, slots=True)
class Playlist:
    """A sliding window of segments and what has slid out of it.

    `target_s` only grows, and only when a segment forces it (§4.3.3.1 forbids segments above it
    and changes of it; an encoder with rare key frames leaves the choice between the two).
    """

    segments: tuple[Segment, ...] = ()
    sequence: int = 0
    discontinuities: int = 0
    target_s: int = MIN_TARGET_S
    ends_s: float = 0.0

    def extended(self, fresh: Iterable[Segment], *, ends_s: float) -> Playlist:
        """Return the playlist with these segments at its end and at most WINDOW in all.

        `ends_s` is the media time at which the last of them ends.
        """
        every = self.segments + tuple(fresh)
        kept = every[-WINDOW:]
        gone = every[: len(every) - len(kept)]
        longest = max((round(segment.duration_s) for segment in every), default=0)
        return Playlist(
            segments=kept,
            sequence=self.sequence + len(gone),
            discontinuities=self.discontinuities + sum(s.discontinuity for s in gone),
            target_s=max(self.target_s, longest),
            ends_s=ends_s,
        )

    def render(self) -> str:
        """Write it as a live playlist: no EXT-X-PLAYLIST-TYPE, no EXT-X-ENDLIST."""
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            f"#EXT-X-TARGETDURATION:{self.target_s}",
            f"#EXT-X-MEDIA-SEQUENCE:{self.sequence}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self.discontinuities}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            f"#EXT-X-{_ENDS}:{self.ends_s:.3f}",  # ours; players pass over what they do not know
        ]
        init = ""
        for segment in self.segments:
            lines += ["#EXT-X-DISCONTINUITY"] if segment.discontinuity else []
            lines += [f'#EXT-X-MAP:URI="{segment.init}"'] if segment.init != init else []
            lines += [f"#EXT-X-PROGRAM-DATE-TIME:{segment.at}"]
            lines += [f"#EXTINF:{segment.duration_s:.6f},", segment.uri]
            init = segment.init
        return "\n".join([*lines, ""])


def parse(text: str) -> Playlist:
    """Read a playlist of ours or of ffmpeg's; unknown tags are passed over.

    Raises:
        ValueError: a number that is none.

    """
    counts = {"TARGETDURATION": float(MIN_TARGET_S), _ENDS: 0.0}
    counts |= {"MEDIA-SEQUENCE": 0.0, "DISCONTINUITY-SEQUENCE": 0.0}
    segments: list[Segment] = []
    draft = Segment(uri="", duration_s=0.0, init="", at="")
    for line in text.splitlines():
        tag, _, value = line.removeprefix("#EXT-X-").partition(":")
        if tag in counts:
            counts[tag] = float(value)
        elif line and not line.startswith("#"):
            segments.append(replace(draft, uri=line))
            draft = replace(draft, discontinuity=False)
        else:
            draft = _noted(draft, line, value)
    return Playlist(
        segments=tuple(segments),
        sequence=int(counts["MEDIA-SEQUENCE"]),
        discontinuities=int(counts["DISCONTINUITY-SEQUENCE"]),
        target_s=int(counts["TARGETDURATION"]),
        ends_s=counts[_ENDS],
    )


def _noted(draft: Segment, line: str, value: str) -> Segment:
    if line.startswith("#EXTINF:"):
        return replace(draft, duration_s=float(line[8:].partition(",")[0]))
    if line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
        return replace(draft, at=_utc(value))
    if line == "#EXT-X-DISCONTINUITY":
        return replace(draft, discontinuity=True)
    found = _MAP.match(line)
    return replace(draft, init=found[1]) if found else draft


def _utc(moment: str) -> str:
    """Spell a moment as RFC 3339 has it; ffmpeg leaves the colon out of the offset."""
    text = datetime.fromisoformat(moment).astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


class Follower:
    """Carries what ffmpeg finished from one track's playlist over into `index.m3u8`."""

    def __init__(self, track: Path, begins_s: float) -> None:
        self._track = track
        self._index = track.with_name(NAME)
        self._ends_s = begins_s
        self._seen = 0
        self._modified_ns = 0

    def follow(self) -> int:
        """List the segments that are new; answer how many this track has listed so far.

        Raises:
            OSError: the folder cannot be written.

        """
        modified_ns = _modified_ns(self._track)
        if modified_ns == self._modified_ns:
            return self._seen
        self._modified_ns = modified_ns
        made = parse(self._track.read_text("utf-8"))
        fresh = made.segments[max(0, self._seen - made.sequence) :]
        if fresh:
            self._list(fresh)
            self._seen = made.sequence + len(made.segments)
        return self._seen

    def _list(self, fresh: tuple[Segment, ...]) -> None:
        before = parse(_text(self._index))
        if not self._seen and before.segments:
            fresh = (replace(fresh[0], discontinuity=True), *fresh[1:])
        self._ends_s += sum(segment.duration_s for segment in fresh)
        whole = self._index.with_suffix(".tmp")
        whole.write_text(before.extended(fresh, ends_s=self._ends_s).render(), "utf-8")
        whole.replace(self._index)  # a reader sees the old list or the new one


def next_begin_s(folder: Path) -> float:
    """Answer the media time at which the next track of this broadcast begins."""
    playlist = parse(_text(folder / NAME))
    return playlist.ends_s + TRACK_GAP_S if playlist.segments else 0.0


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def _modified_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0

"""Media playlists as values, read and written (RFC 8216)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

MIN_TARGET_S: Final = 2

_ENDS: Final = "SHOWRUNNER-ENDS"


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

    def extended(self, fresh: Iterable[Segment], *, ends_s: float = 0.0) -> Playlist:
        """Return the playlist with these segments at its end.

        `ends_s` is the media time at which the last of them ends.
        """
        every = self.segments + tuple(fresh)
        longest = max((round(segment.duration_s) for segment in every), default=0)
        target_s = max(self.target_s, longest)
        return replace(self, segments=every, target_s=target_s, ends_s=ends_s)

    def without(self, count: int) -> Playlist:
        """Return the playlist after its first `count` segments slid out."""
        gone = self.segments[:count]
        return replace(
            self,
            segments=self.segments[count:],
            sequence=self.sequence + len(gone),
            discontinuities=self.discontinuities + sum(s.discontinuity for s in gone),
        )

    def newest(self, count: int) -> Playlist:
        """Return the playlist with at most `count` segments: the newest."""
        return self.without(max(0, len(self.segments) - count))

    def render(self) -> str:
        """Write it as a live playlist: no EXT-X-PLAYLIST-TYPE, no EXT-X-ENDLIST."""
        head = [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            f"#EXT-X-TARGETDURATION:{self.target_s}",
            f"#EXT-X-MEDIA-SEQUENCE:{self.sequence}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self.discontinuities}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            f"#EXT-X-{_ENDS}:{self.ends_s:.3f}",  # ours; players pass over what they do not know
            "",
        ]
        return "\n".join(head) + render_segments(self.segments, init="")


def render_segments(segments: Iterable[Segment], *, init: str) -> str:
    """Write segments as they follow upon one whose init segment is `init`."""
    lines: list[str] = []
    for segment in segments:
        lines += ["#EXT-X-DISCONTINUITY"] if segment.discontinuity else []
        lines += [f'#EXT-X-MAP:URI="{segment.init}"'] if segment.init != init else []
        lines += [f"#EXT-X-PROGRAM-DATE-TIME:{segment.at}"]
        lines += [f"#EXTINF:{segment.duration_s:.6f},", segment.uri]
        init = segment.init
    return "\n".join([*lines, ""]) if lines else ""


def parse(text: str) -> Playlist:
    """Read a playlist of ours or of ffmpeg's; unknown tags are passed over.

    Raises:
        ValueError: a number that is none.

    """
    counts = {"TARGETDURATION": float(MIN_TARGET_S), _ENDS: 0.0}
    counts |= {"MEDIA-SEQUENCE": 0.0, "DISCONTINUITY-SEQUENCE": 0.0}
    segments: list[Segment] = []
    duration_s, init, at, discontinuity = 0.0, "", "", False
    for line in text.splitlines():
        tag, _, value = line.removeprefix("#EXT-X-").partition(":")
        if tag == "#EXTINF":
            duration_s = float(value.partition(",")[0])
        elif tag == "PROGRAM-DATE-TIME":
            at = _utc(value)
        elif tag == "MAP":
            init = value.removeprefix('URI="').partition('"')[0]
        elif tag == "DISCONTINUITY":
            discontinuity = True
        elif tag in counts:
            counts[tag] = float(value)
        elif line and not line.startswith("#"):
            segments.append(Segment(line, duration_s, init, at, discontinuity))
            discontinuity = False
    return Playlist(
        segments=tuple(segments),
        sequence=int(counts["MEDIA-SEQUENCE"]),
        discontinuities=int(counts["DISCONTINUITY-SEQUENCE"]),
        target_s=int(counts["TARGETDURATION"]),
        ends_s=counts[_ENDS],
    )


def _utc(moment: str) -> str:
    """Spell a moment as RFC 3339 has it; ffmpeg leaves the colon out of the offset."""
    if moment.endswith("Z"):
        return moment
    text = datetime.fromisoformat(moment).astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def read(path: Path) -> Playlist:
    """Read a playlist; one that is not there has no segments.

    Raises:
        OSError, ValueError: it is there and cannot be read.

    """
    return parse(path.read_text("utf-8") if path.exists() else "")


def write(path: Path, playlist: Playlist) -> None:
    """Replace a playlist at once: a reader sees the old list or the new one."""
    whole = path.with_suffix(".tmp")
    whole.write_text(playlist.render(), "utf-8")
    whole.replace(path)

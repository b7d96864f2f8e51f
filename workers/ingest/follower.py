"""The broadcast's live playlist, composed of the playlists that ffmpeg writes per track.

ffmpeg's own `append_list` was tried and left: a session that comes with another init segment puts
its one EXT-X-MAP before the segments of earlier sessions, too. Here the composed playlist is the
state: each change reads it first, so a restarted ingest continues the count of segments and of
discontinuities. It never ends: whoever serves it adds EXT-X-ENDLIST once the broadcast is over.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from workers.ingest import playlist
from workers.ingest.playlist import Playlist, Segment

WINDOW: Final = 15
NAME: Final = "index.m3u8"
TRACK_GAP_S: Final = 1.0  # room for the track whose sound outlasts its pictures

_NUMBERED: Final = re.compile(r"(.+)_(\d+)\.m4s")


class Follower:
    """Carries what ffmpeg finished from one track's playlist over into a composed one."""

    def __init__(self, track: Path, into: Path, begins_s: float) -> None:
        self._track = track
        self._into = into
        self._ends_s = begins_s
        self._seen = 0
        self._modified_ns = 0

    def follow(self) -> Playlist | None:
        """List the segments that are new; return the composed playlist if there were any.

        Raises:
            OSError: the folder cannot be written.

        """
        modified_ns = _modified_ns(self._track)
        if modified_ns == self._modified_ns:
            return None
        self._modified_ns = modified_ns
        made = playlist.read(self._track)
        fresh = made.segments[max(0, self._seen - made.sequence) :]
        if not fresh:
            return None
        before = playlist.read(self._into)
        if not self._seen and before.segments:
            fresh = (replace(fresh[0], discontinuity=True), *fresh[1:])
        self._seen = made.sequence + len(made.segments)
        self._ends_s += sum(segment.duration_s for segment in fresh)
        composed = before.extended(fresh, ends_s=self._ends_s).newest(WINDOW)
        playlist.write(self._into, composed)
        return composed

    def resume_after(self, last: Segment) -> None:
        """Take every segment up to this one, of the same track, as listed."""
        numbered = _NUMBERED.fullmatch(last.uri)
        self._seen = int(numbered[2]) + 1 if numbered else 0


def next_begin_s(composed: Path) -> float:
    """Answer the media time at which the next track of this broadcast begins.

    A killed ingest has not listed what its ffmpeg finished after it: that is done here.
    """
    listed = playlist.read(composed)
    if not listed.segments:
        return 0.0
    last = listed.segments[-1]
    track = composed.with_name(_track_of(last))
    if track.exists():
        leftover = Follower(track, composed, listed.ends_s)
        leftover.resume_after(last)
        listed = leftover.follow() or listed
    return listed.ends_s + TRACK_GAP_S


def _track_of(segment: Segment) -> str:
    return _NUMBERED.sub(r"\1.m3u8", segment.uri)


def _modified_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0

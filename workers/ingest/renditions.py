"""The playlists of a broadcast with a ladder, kept in step: as many segments and breaks in each.

RFC 8216 §6.2.4 asks of renditions that they match in times and discontinuities, and players that
change between them find their place by that. So a segment is listed once every rendition has it;
what a rendition lacks for good (its ffmpeg was killed, or encodes no more) is filled in with the
source's segment; and a break in one list is a break in all. Dates are the source's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from workers.ingest import playlist
from workers.ingest.follower import TRACK_GAP_S, WINDOW
from workers.ingest.ladder import name_of
from workers.ingest.playlist import Playlist, Segment

SOURCE: Final = "source.m3u8"
OUT_OF_STEP_S: Final = 0.5  # far above a frame, far below a segment

_NUMBERED: Final = re.compile(r"(.+)_(\d+)\.m4s")

Row = tuple[Segment, ...]  # one segment in every rendition, the source's first


def list_names(count: int) -> list[str]:
    """Name the lists of a broadcast with so many smaller renditions."""
    return [SOURCE, *(f"{name_of(number)}.m3u8" for number in range(1, count + 1))]


class Renditions:
    """Carries over what ffmpeg finished of one track, for all renditions at once."""

    def __init__(self, folder: Path, track: str, *, count: int, encoded: int) -> None:
        """Follow a track of which `encoded` renditions are made and `count` are listed."""
        source = folder / f"{track}.m3u8"
        self._tracks = [source] * (count + 1)
        for number in range(1, encoded + 1):
            self._tracks[number] = folder / f"{track}{name_of(number)}.m3u8"
        self._lists = [folder / name for name in list_names(count)]
        self._next = 0
        self._ends_s = 0.0
        self.is_in_step = True

    def begin(self, ends_s: float, *, number: int = 0) -> None:
        """Go on at this media time, with the track's segment of this number."""
        self._ends_s = ends_s
        self._next = number

    def follow(self, *, is_over: bool = False) -> dict[str, Playlist]:
        """List the segments that are new; return the lists by name, none if there were none.

        Raises:
            OSError: the folder cannot be written.

        """
        rows = self._fresh(is_over=is_over)
        if not rows:
            return {}
        composed = self._composed(rows)
        # The source's is the last: it says how many rows count, should we be killed in between.
        for path, listed in reversed(list(zip(self._lists, composed, strict=True))):
            playlist.write(path, listed)
        names = (path.name for path in self._lists)
        return dict(zip(names, composed, strict=True))

    def _fresh(self, *, is_over: bool) -> list[Row]:
        made = [_by_number(track) for track in self._tracks]
        self._next = max(self._next, min(made[0], default=0))
        rows = []
        while (source := made[0].get(self._next)) is not None:
            row = [one.get(self._next) for one in made]
            if None in row and not is_over:
                break
            rows.append(tuple(replace(each or source, at=source.at) for each in row))
            self._next += 1
            off_s = max(abs(each.duration_s - source.duration_s) for each in rows[-1])
            self.is_in_step = self.is_in_step and off_s < OUT_OF_STEP_S
        return rows

    def _composed(self, rows: list[Row]) -> list[Playlist]:
        before = [playlist.read(path) for path in self._lists]
        end = before[0].sequence + len(before[0].segments)
        before = [listed.until(end) for listed in before]
        self._ends_s += sum(row[0].duration_s for row in rows)
        known = tuple(listed.segments[-1].init for listed in before if listed.segments)
        columns = zip(*_with_breaks(rows, known), strict=True)
        return [
            listed.extended(column, ends_s=self._ends_s).newest(WINDOW)
            for listed, column in zip(before, columns, strict=True)
        ]


def next_begin_s(folder: Path, count: int) -> float:
    """Answer the media time at which the next track begins.

    What ffmpeg finished after the ingest was killed is listed first.
    """
    source = folder / SOURCE
    listed = playlist.read(source)
    if not listed.segments:
        return 0.0
    numbered = _NUMBERED.fullmatch(listed.segments[-1].uri)
    if numbered is not None:
        track, number = numbered[1], int(numbered[2])
        made = [folder / f"{track}{name_of(nth)}.m3u8" for nth in range(1, count + 1)]
        encoded = count if all(path.exists() for path in made) else 0
        leftover = Renditions(folder, track, count=count, encoded=encoded)
        leftover.begin(listed.ends_s, number=number + 1)
        listed = leftover.follow(is_over=True).get(SOURCE, listed)
    return listed.ends_s + TRACK_GAP_S


def _with_breaks(rows: list[Row], known: tuple[str, ...]) -> list[Row]:
    marked = []
    for row in rows:
        inits = tuple(segment.init for segment in row)
        breaks = bool(known) and inits != known
        marked.append(tuple(replace(segment, discontinuity=breaks) for segment in row))
        known = inits
    return marked


def _by_number(track: Path) -> dict[int, Segment]:
    numbered = ((_NUMBERED.fullmatch(one.uri), one) for one in playlist.read(track).segments)
    return {int(found[2]): one for found, one in numbered if found}

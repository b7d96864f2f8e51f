"""`dvr.m3u8`: every segment of a broadcast that can still be played.

It is a plain media playlist (RFC 8216) that grows at its end, one write a segment: what was
written is not written again, so listing the fourth hour costs no more than the first minute. Once
it holds a stride more than it may, the oldest go from the list and, when no player can want them
any more (§6.2.2), from the disk. It says no EXT-X-PLAYLIST-TYPE: EVENT would forbid that.

The list is the state: a restarted ingest reads it and goes on. Whatever it missed (a full disk, a
kill between two writes) it takes from the live window at the next segment.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from workers.ingest import playlist, shelf
from workers.ingest.playlist import Playlist, Segment

NAME: Final = "dvr.m3u8"
KEEP_S: Final = 4 * 3600.0
KEEP_MIN_S: Final = 60.0  # the live window and what a slow player still reads of it

_STRIDE_MAX_S: Final = 300.0
_NO_SPACE: Final = errno.ENOSPC


class Dvr:
    """The list of one broadcast while a session adds to it."""

    def __init__(self, folder: Path, keep_s: float) -> None:
        self._path = folder / NAME
        self._keep_s = max(keep_s, KEEP_MIN_S)
        self._stride_s = min(_STRIDE_MAX_S, self._keep_s / 4)
        self._size = 0  # bytes that are whole; what lies behind them was cut short
        self._listed_s = 0.0
        self._target_s = 0
        self._last: Segment | None = None

    def catch_up(self, window: Playlist) -> None:
        """List what the live window has and this list has not; drop what is too old.

        Raises:
            OSError: the folder cannot be written.

        """
        if self._last is None:
            self._load()
        fresh = _after(window.segments, self._last)
        if not fresh:
            return
        if self._last is None or window.target_s > self._target_s:
            self._rewrite(self._read().extended(fresh))
        else:
            self._append(fresh)
        if self._listed_s > self._keep_s + self._stride_s:
            self._trim()

    def _load(self) -> None:
        if self._path.exists():
            self._rewrite(self._read())

    def _read(self) -> Playlist:
        """Read what is whole: a line that was cut short would be taken for a shorter name."""
        if not self._path.exists():
            return Playlist()
        whole, _, _ = self._path.read_text("utf-8").rpartition("\n")
        return playlist.parse(whole)

    def _rewrite(self, listed: Playlist) -> None:
        playlist.write(self._path, listed)
        self._size = self._path.stat().st_size
        self._listed_s = sum(segment.duration_s for segment in listed.segments)
        self._target_s = listed.target_s
        self._last = listed.segments[-1] if listed.segments else None

    def _append(self, fresh: tuple[Segment, ...]) -> None:
        init = self._last.init if self._last else ""
        text = playlist.render_segments(fresh, init=init).encode()
        with self._path.open("r+b", buffering=0) as opened:
            opened.truncate(self._size)
            opened.seek(self._size)
            if opened.write(text) != len(text):  # the next write begins where this one did
                raise OSError(_NO_SPACE, os.strerror(_NO_SPACE), str(self._path))
        self._size += len(text)
        self._listed_s += sum(segment.duration_s for segment in fresh)
        self._last = fresh[-1]

    def _trim(self) -> None:
        listed = self._read()
        gone, left_s = 0, self._listed_s
        while left_s > self._keep_s:
            left_s -= listed.segments[gone].duration_s
            gone += 1
        self._rewrite(listed.without(gone))
        shelf.remove_unlisted(self._path.parent)


def _after(segments: tuple[Segment, ...], last: Segment | None) -> tuple[Segment, ...]:
    """Return the segments that follow the last known one; all where it is not among them."""
    names = [segment.uri for segment in segments]
    if last is None or last.uri not in names:
        return segments
    return segments[names.index(last.uri) + 1 :]

"""All lists of a broadcast, kept up with what the running track of its session makes."""

from __future__ import annotations

from pathlib import Path

from workers.ingest.dvr import Dvr
from workers.ingest.ffmpeg import Target
from workers.ingest.follower import NAME, Follower, next_begin_s


class Lists:
    """The live window (`index.m3u8`) and the whole (`dvr.m3u8`) of one broadcast."""

    def __init__(self, folder: Path, dvr_s: float) -> None:
        self._index = folder / NAME
        self._dvr = Dvr(folder, dvr_s)
        self._follower: Follower | None = None

    def next_begin_s(self) -> float:
        """Answer the media time at which the next track begins."""
        return next_begin_s(self._index)

    def begin(self, target: Target) -> None:
        """Follow this track from now on."""
        self._follower = Follower(target.playlist, self._index, target.offset_s)

    def follow(self) -> bool:
        """List what is new; say whether there was anything.

        Raises:
            OSError: the folder cannot be written.

        """
        window = self._follower.follow() if self._follower else None
        if window is not None:
            self._dvr.catch_up(window)
        return window is not None

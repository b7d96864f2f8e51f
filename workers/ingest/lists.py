"""All lists of a broadcast, kept up with what the running track of its session makes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workers.ingest import follower, ladder, renditions
from workers.ingest.avc import Picture
from workers.ingest.dvr import Dvr
from workers.ingest.ffmpeg import Target
from workers.ingest.follower import NAME, Follower
from workers.ingest.master import Master, find_sides
from workers.ingest.meter import Meter
from workers.ingest.playlist import Playlist
from workers.ingest.renditions import SOURCE, Renditions


class Lists:
    """The live window (`index.m3u8`) and the whole (`dvr.m3u8`) of one broadcast.

    With a ladder the window is `source.m3u8`, beside one for each smaller rendition, and
    `index.m3u8` names them all.
    """

    def __init__(self, folder: Path, dvr_s: float) -> None:
        self._folder = folder
        self._dvr = Dvr(folder, dvr_s)
        self._sides: tuple[int, ...] = ()
        self._follower: Follower | None = None
        self._renditions: Renditions | None = None
        self._master: Master | None = None

    @property
    def is_in_step(self) -> bool:
        """Say whether the renditions' segments end where the source's do."""
        return self._renditions is None or self._renditions.is_in_step

    def fix_sides(self, wanted: tuple[int, ...], picture: Picture | None) -> tuple[int, ...]:
        """Return the short sides of the broadcast's renditions; its first session chooses them.

        Players keep the list of renditions that they loaded, so it must stay right.
        """
        index = self._folder / NAME
        kept = find_sides(index)
        if kept is None:
            is_new = picture is not None and not index.exists()
            kept = ladder.below(wanted, picture) if picture and is_new else ()
        self._sides = kept
        return kept

    def next_begin_s(self) -> float:
        """Answer the media time at which the next track begins."""
        if self._sides:
            return renditions.next_begin_s(self._folder, len(self._sides))
        return follower.next_begin_s(self._folder / NAME)

    def begin(self, target: Target, meter: Meter) -> None:
        """Follow this track from now on."""
        self._renditions = self._master = None
        if not self._sides:
            self._follower = Follower(target.playlist, self._folder / NAME, target.offset_s)
            return
        count = len(self._sides)
        made = Renditions(self._folder, target.name, count=count, encoded=len(target.rungs))
        made.begin(target.offset_s)
        self._renditions = made
        picture = meter.picture
        source = (picture.width, picture.height) if picture else (0, 0)
        smaller = [(rung.width, rung.height) for rung in target.rungs] or [source] * count
        sizes = [source, *smaller]
        self._master = Master(self._folder, self._sides, sizes=sizes, meter=meter)

    def follow(self, *, is_over: bool = False) -> bool:
        """List what is new; say whether there was anything. `is_over`: no more will be made.

        Raises:
            OSError: the folder cannot be written.

        """
        lists = self._compose(is_over=is_over)
        if not lists:
            return False
        self._dvr.catch_up(next(iter(lists.values())))
        if self._master is not None:
            self._master.update(lists)
        return True

    def _compose(self, *, is_over: bool) -> Mapping[str, Playlist]:
        if self._renditions is not None:
            return self._renditions.follow(is_over=is_over)
        window = self._follower.follow() if self._follower else None
        return {} if window is None else {SOURCE: window}

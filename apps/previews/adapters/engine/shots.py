"""Frames worth looking at: each decoded once, with its tile and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from av.video.frame import VideoFrame

from apps.previews import rules
from apps.previews.adapters.engine import pictures, stills
from apps.previews.adapters.engine.pictures import Picture
from apps.previews.adapters.engine.source import Source
from apps.previews.rules import Candidate, Size

# Up to here a video whose key frames are far apart is decoded whole for its tiles.
DENSE_UP_TO_S: Final = 60.0


@dataclass(frozen=True)
class Shot:
    """One decoded frame, whole, with its tile; it is judged when somebody asks."""

    at_s: float
    frame: VideoFrame
    tile: Picture
    shown: Size

    @cached_property
    def beauty(self) -> float:
        return pictures.score(self.tile)

    @cached_property
    def colours(self) -> tuple[float, ...]:
        return pictures.colours(self.tile)

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.at_s, self.beauty, self.colours)


def shot(frame: VideoFrame, at_s: float, source: Source) -> Shot:
    shown = pictures.display_size(frame, source.pixel_shape)
    tile = pictures.upright(frame, rules.fit_long(shown, rules.TILE_LONG_SIDE))
    return Shot(at_s, frame, tile, shown)


def for_tiles(source: Source) -> Iterator[Shot]:
    """Yield a shot for each storyboard tile."""
    wanted_s = rules.tile_times(source.duration_s)
    keys_s = sorted({rules.snap_back(source.key_times, at_s) for at_s in wanted_s})
    if len(keys_s) < len(wanted_s) / 2 and source.duration_s <= DENSE_UP_TO_S:
        yield from _dense(source, wanted_s)
        return
    yield from of_keys(source, keys_s)


def of_keys(source: Source, keys_s: list[float]) -> Iterator[Shot]:
    """Yield a shot of each key frame that is not damaged."""
    for key_s in keys_s:
        frame = source.key_frame(key_s)
        if frame is not None:
            yield shot(frame, key_s, source)


def _dense(source: Source, wanted_s: list[float]) -> Iterator[Shot]:
    waiting = iter(wanted_s)
    next_s = next(waiting, None)
    for since_s, frame in source.frames(0.0, source.duration_s + 1):
        if next_s is not None and since_s >= next_s:
            yield shot(frame, since_s, source)
            next_s = next(waiting, None)


@dataclass(slots=True)
class Moments:
    """Where a clip's moments may begin: the best shot after each key frame, and its liveliness."""

    source: Source
    _best: dict[float, Candidate] = field(default_factory=dict)
    _before: Candidate | None = None

    def add(self, seen: Shot) -> None:
        at = rules.index_at(self.source.key_times, seen.at_s)
        index = self.source.index
        worth = rules.appeal(
            seen.beauty,
            motion=_share(index.motion, at),
            loudness=_share(index.loudness, at),
            novelty=1 - rules.likeness(self._before, seen.candidate) if self._before else 0.0,
        )
        key_s = self.source.key_times[at]
        if key_s not in self._best or self._best[key_s].score < worth:
            self._best[key_s] = Candidate(key_s, worth, seen.colours)
        self._before = seen.candidate

    def all(self) -> list[Candidate]:
        return list(self._best.values())


@dataclass(slots=True)
class Gallery:
    """The best shot of each part of a video, as pictures large enough for a poster.

    Only the part that runs keeps its frame whole, as large ones weigh much.
    """

    duration_s: float
    parts: int = 6
    kept: list[tuple[Candidate, Picture, Picture]] = field(default_factory=list)
    _running: Shot | None = None

    def add(self, seen: Shot) -> None:
        running = self._running
        if running and self._part(seen) != self._part(running):
            self.close_part()
            running = None
        if running is None or running.beauty < seen.beauty:
            self._running = seen

    def close_part(self) -> None:
        if self._running:
            one = self._running
            picture = pictures.upright(one.frame, stills.largest(one.shown))
            self.kept.append((one.candidate, picture, one.tile))
            self._running = None

    def different(self) -> list[tuple[Candidate, Picture, Picture]]:
        """Return what is good and does not look alike, as (candidate, picture, tile), in time."""
        chosen = rules.pick_posters([candidate for candidate, _, _ in self.kept])
        return [one for one in self.kept if one[0] in chosen]

    def best(self) -> tuple[Candidate, Picture, Picture]:
        return max(self.kept, key=lambda one: one[0].score)

    def _part(self, one: Shot) -> int:
        return int(self.parts * one.at_s / max(self.duration_s, one.at_s + 1e-9))


def _share(numbers: pictures.Numbers, at: int) -> float:
    """Return a number as a share of the largest, but for the outliers."""
    most = float(np.percentile(numbers, 95)) if numbers.size else 0.0
    return min(1.0, float(numbers[at]) / most) if most else 0.0

"""Which sizes, which moments, which tiles: the taste of this context, as plain functions."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

POSTER_LONG_SIDES: Final = (320, 640, 1280)
TILE_LONG_SIDE: Final = 160
SHEET_TILES: Final = 100
MAX_TILES: Final = 1000

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place a moment may begin: a key frame's time, and how good its picture is."""

    at_s: float
    score: float


@dataclass(frozen=True, slots=True)
class Moment:
    at_s: float
    length_s: float


def fit_long(size: Size, long_side: int) -> Size:
    """Scale so that the longer side is at most `long_side`; never up, never below 1."""
    return _scaled(size, min(1.0, long_side / max(size)))


def fit_short_even(size: Size, short_side: int) -> Size:
    """Scale so that the shorter side is at most `short_side`; never up.

    Sides come out even, as 4:2:0 pictures must be.
    """
    factor = min(1.0, short_side / min(size))
    width, height = (min(round(side * factor / 2), side // 2) * 2 for side in size)
    return max(2, width), max(2, height)


def poster_sizes(size: Size) -> list[Size]:
    """Return the poster sizes, smallest first, without any that would only be a blow-up."""
    sizes = [fit_long(size, side) for side in POSTER_LONG_SIDES]
    return sorted(set(sizes))


def tile_interval(duration_s: float) -> float:
    """Return seconds between storyboard tiles: fine for short videos, coarse for long ones."""
    for up_to_s, interval in ((30, 1.0), (120, 2.0), (3600, 5.0)):
        if duration_s <= up_to_s:
            return interval
    return max(10.0, math.ceil(duration_s / MAX_TILES))


def tile_times(duration_s: float) -> list[float]:
    interval = tile_interval(duration_s)
    return [index * interval for index in range(max(1, math.ceil(duration_s / interval)))]


def snap_back(times: Sequence[float], at: float) -> float:
    """Return the last of the ascending times not after `at`, or the first there is."""
    return times[index_at(times, at)]


def index_at(times: Sequence[float], at: float) -> int:
    """Return the place of the last of the ascending times not after `at`, or 0."""
    return max(0, bisect_right(times, at) - 1)


def sheet_grid(tiles: int) -> Size:
    """Return columns and rows of the squarest sheet that holds the tiles."""
    columns = math.ceil(math.sqrt(tiles))
    return columns, math.ceil(tiles / columns)


def pick_moments(
    candidates: Sequence[Candidate], *, duration_s: float, total_s: float, most: int = 3
) -> list[Moment]:
    """Choose up to `most` moments that play `total_s` together, in the order of the video.

    The first 3 % and the last 5 % are left out where that leaves anything, as they hold titles
    and black. Each equal part of the rest gives its best candidate. A moment ends before the
    next begins, so nothing is shown twice.
    """
    if duration_s <= total_s:
        return [Moment(candidates[0].at_s, duration_s)]
    first_s, last_s = 0.03 * duration_s, 0.95 * duration_s - total_s / most
    inside = [one for one in candidates if first_s <= one.at_s <= last_s]
    chosen = _best_of_parts(inside or [candidates[0]], first_s, last_s, most)
    length_s = total_s / len(chosen)
    ends = [*(one.at_s for one in chosen[1:]), duration_s]
    return [
        Moment(one.at_s, min(length_s, end_s - one.at_s))
        for one, end_s in zip(chosen, ends, strict=True)
    ]


def _best_of_parts(
    candidates: Sequence[Candidate], first_s: float, last_s: float, parts: int
) -> list[Candidate]:
    step = max(last_s - first_s, 1e-9) / parts
    best: dict[int, Candidate] = {}
    for one in candidates:
        part = min(parts - 1, int((one.at_s - first_s) / step))
        if part not in best or one.score > best[part].score:
            best[part] = one
    return sorted(best.values(), key=lambda one: one.at_s)


def _scaled(size: Size, factor: float) -> Size:
    width, height = size
    return max(1, round(width * factor)), max(1, round(height * factor))

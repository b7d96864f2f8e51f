"""Which sizes, which moments, which tiles: the taste of this context, as plain functions."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

POSTER_LONG_SIDES: Final = {"small": 320, "medium": 640, "large": 960, "full": 1280}
TILE_LONG_SIDE: Final = 160
_MAX_CLIP_SIDE: Final = 2704  # pixels; the longest at level 3.1
SHEET_TILES: Final = 100
MAX_TILES: Final = 1000
# Playlists and frames tell the same time in other roundings.
TILE_SLACK_S: Final = 0.1

Size = tuple[int, int]


# Pictures that share more of their colours than this look alike on a card.
MAX_LIKENESS: Final = 0.9
# Of posters the creator chooses, so two may be nearer: the same room, another face.
MAX_POSTER_LIKENESS: Final = 0.97
# What scores less than this share of the middle one is blurred, black or empty beside it.
MIN_SHARE_OF_MIDDLE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place a moment may begin: a key frame's time, how good it is, its colour histogram."""

    at_s: float
    score: float
    colours: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    at_s: float
    length_s: float


def fit_long(size: Size, long_side: int) -> Size:
    """Scale so that the longer side is at most `long_side`; never up, never below 1."""
    return _scaled(size, min(1.0, long_side / max(size)))


def fit_clip(size: Size, short_side: int) -> Size:
    """Scale so that a clip has at most `short_side` pixels across, and the blocks of 16:9.

    Sides come out even, as 4:2:0 pictures must be. Blocks of 16x16 are what a decoder's level
    bounds (ITU-T H.264 table A-1), so a panorama becomes flatter. Nothing is scaled up.
    """
    most = _blocks((short_side, math.ceil(short_side * 16 / 9)))
    factor = min(1.0, short_side / min(size), _MAX_CLIP_SIDE / max(size))
    while _blocks(_even(size, factor)) > most:
        factor *= 0.99
    return _even(size, factor)


def fit_inside(size: Size, room: Size) -> Size:
    """Return the size a picture of another shape has in a room: whole, and not squashed.

    It is all of the room where only a rounding differs. Sides come out even where the room's are.
    """
    width, height = size
    across, down = room[0] / width, room[1] / height
    if _is_near(height * across, room[1]) or _is_near(width * down, room[0]):
        return room
    factor = min(across, down)
    fitted = (max(2, round(side * factor / 2) * 2) for side in size)
    inside_x, inside_y = map(min, fitted, room)
    return inside_x, inside_y


def _is_near(side: float, other: int) -> bool:
    return abs(side - other) <= max(2, other / 50)


def _even(size: Size, factor: float) -> Size:
    width, height = (min(round(side * factor / 2), side // 2) * 2 for side in size)
    return max(2, width), max(2, height)


def _blocks(size: Size) -> int:
    return math.ceil(size[0] / 16) * math.ceil(size[1] / 16)


def poster_sizes(size: Size) -> dict[str, Size]:
    """Return the poster sizes, smallest first, without any that would only be a blow-up."""
    sizes: dict[str, Size] = {}
    for variant, side in POSTER_LONG_SIDES.items():
        fitting = fit_long(size, side)
        if fitting not in sizes.values():
            sizes[variant] = fitting
    return sizes


def tile_interval(duration_s: float) -> float:
    """Return seconds between storyboard tiles: fine for short videos, coarse for long ones.

    Ten minutes fill one sheet.
    """
    for up_to_s, interval in ((30, 1.0), (120, 2.0), (500, 5.0), (1200, 6.0)):
        if duration_s <= up_to_s:
            return interval
    return max(10.0, math.ceil(duration_s / MAX_TILES))


def tile_times(duration_s: float) -> list[float]:
    interval = tile_interval(duration_s)
    return [index * interval for index in range(max(1, math.ceil(duration_s / interval)))]


def tiles_due(
    begins_s: Sequence[float], *, since_s: float, interval_s: float, most: int
) -> list[int]:
    """Return the places of those of the ascending times at which a tile is due, at most `most`."""
    due: list[int] = []
    for place, at_s in enumerate(begins_s):
        if len(due) < most and at_s >= since_s - TILE_SLACK_S:
            due.append(place)
            since_s = at_s + interval_s
    return due


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


def appeal(beauty: float, *, motion: float, loudness: float, novelty: float) -> float:
    """Weigh what a moment is worth: a good picture first, then that something happens in it.

    motion and loudness are shares of the liveliest moment's, novelty is how little its picture
    shares with the one before it, all 0 to 1.
    """
    return beauty * (1 + 0.5 * motion + 0.3 * loudness + 0.3 * novelty)


def likeness(one: Candidate, other: Candidate) -> float:
    """Return the share of colours two pictures have in common, 0 to 1."""
    return sum(map(min, one.colours, other.colours))


def moments_wanted(duration_s: float) -> int:
    """Return how many moments a preview of so long a video has."""
    return 3 if duration_s <= 60 else 4  # noqa: PLR2004 (a minute)


def pick_moments(
    candidates: Sequence[Candidate], *, duration_s: float, total_s: float, most: int = 3
) -> list[Moment]:
    """Choose up to `most` moments that play `total_s` together, in the order of the video.

    The first 3 % and the last 5 % are left out where that leaves anything, as they hold titles
    and black; so is what is far worse than the middle. Each equal part of the rest gives its
    best candidate that does not look like one chosen before. A moment ends before the next
    begins, so nothing is shown twice.
    """
    if duration_s <= total_s:
        return [Moment(candidates[0].at_s, duration_s)]
    first_s, last_s = 0.03 * duration_s, 0.95 * duration_s - total_s / most
    inside = [one for one in candidates if first_s <= one.at_s <= last_s]
    chosen = pick_different(inside or [candidates[0]], first_s, last_s, most)
    length_s = total_s / len(chosen)
    ends = [*(one.at_s for one in chosen[1:]), duration_s]
    return [
        Moment(one.at_s, min(length_s, end_s - one.at_s))
        for one, end_s in zip(chosen, ends, strict=True)
    ]


def newest(key_times: Sequence[float], duration_s: float, length_s: float) -> Moment:
    """Return the newest moment of that length that begins at a key frame, or what there is."""
    at_s = snap_back(key_times, duration_s - length_s)
    return Moment(at_s, min(length_s, duration_s - at_s))


def pick_different(
    candidates: Sequence[Candidate], first_s: float, last_s: float, most: int
) -> list[Candidate]:
    """Return the best candidate of each of `most` parts of a time, without look-alikes.

    There is at least one, and they come in order of time.
    """
    by_score = sorted(good_enough(candidates), key=lambda one: one.score, reverse=True)
    step = max(last_s - first_s, 1e-9) / most
    chosen: dict[int, Candidate] = {}
    for one in by_score:
        part = min(most - 1, max(0, int((one.at_s - first_s) / step)))
        if part not in chosen and not _is_like_any(one, chosen.values(), MAX_LIKENESS):
            chosen[part] = one
    return sorted(chosen.values(), key=lambda one: one.at_s)


def good_enough(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out what is black, empty or blurred beside the rest."""
    middle = sorted(one.score for one in candidates)[len(candidates) // 2]
    return [one for one in candidates if one.score >= MIN_SHARE_OF_MIDDLE * middle]


def pick_posters(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates worth offering, best first."""
    chosen: list[Candidate] = []
    for one in sorted(good_enough(candidates), key=lambda one: one.score, reverse=True):
        if not _is_like_any(one, chosen, MAX_POSTER_LIKENESS):
            chosen.append(one)
    return chosen


def _is_like_any(one: Candidate, others: Iterable[Candidate], most: float) -> bool:
    return any(likeness(one, other) > most for other in others)


def _scaled(size: Size, factor: float) -> Size:
    width, height = size
    return max(1, round(width * factor)), max(1, round(height * factor))

"""Which smaller renditions a broadcast gets: never above the source, and upright where it is.

A rendition is known by its short side, so that 480 is 854x480 of a landscape picture and 480x854
of a phone held upright.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workers.ingest.avc import Picture

MAX_RUNGS: Final = 3
SIDE_MIN: Final = 120
SIDE_MAX: Final = 1080

# What H.264 of the preset veryfast needs at 30 frames a second; more pixels need less each.
_KNOWN_BPS: Final = 2_800_000
_KNOWN_PIXELS: Final = 1280 * 720
_LESS: Final = 0.9


@dataclass(frozen=True, slots=True)
class Rung:
    """One smaller rendition; `number` counts from 1, the largest first."""

    number: int
    width: int
    height: int

    @property
    def name(self) -> str:
        return name_of(self.number)

    @property
    def max_bps(self) -> int:
        """Bits of video a second that it may not exceed for longer than a second."""
        share: float = (self.width * self.height / _KNOWN_PIXELS) ** _LESS
        return round(_KNOWN_BPS * share)


def name_of(number: int) -> str:
    return f"r{number}"


def read_sides(text: str) -> tuple[int, ...]:
    """Read short sides like `720,480,240`, the largest first; empty text: no ladder.

    Raises:
        ValueError: not numbers, too many, or one of a size that makes no sense.

    """
    sides = {int(part) for part in text.split(",") if part.strip()}
    if len(sides) > MAX_RUNGS or any(not SIDE_MIN <= side <= SIDE_MAX for side in sides):
        raise ValueError(text)
    return tuple(sorted(sides, reverse=True))


def below(sides: Iterable[int], picture: Picture) -> tuple[int, ...]:
    """Return the short sides that are smaller than the picture's."""
    return tuple(side for side in sides if side < min(picture.width, picture.height))


def cut_to(sides: Iterable[int], picture: Picture) -> tuple[Rung, ...]:
    """Size a rendition for each short side, shaped as the picture and never larger than it."""
    short = min(picture.width, picture.height)
    rungs = []
    for number, side in enumerate(sides, start=1):
        scale = side / short
        rungs.append(Rung(number, _even(picture.width, scale), _even(picture.height, scale)))
    return tuple(rungs)


def _even(length: int, scale: float) -> int:
    """Scale down only, to what 4:2:0 can hold."""
    return max(2, min(round(length * scale / 2), length // 2) * 2)

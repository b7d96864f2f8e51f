"""Where in a video its viewers are, in bins: ten seconds in the first hour, then a minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FINE_S: Final = 10
FINE_UNTIL_S: Final = 3_600
COARSE_S: Final = 60
LAST_S: Final = 24 * 3_600
FINE_BINS: Final = FINE_UNTIL_S // FINE_S
LAST_BIN: Final = FINE_BINS + (LAST_S - FINE_UNTIL_S) // COARSE_S


def bin_of(position_s: float) -> int:
    """Return the bin of a position; what lies beyond a day is in the last one."""
    if position_s < FINE_UNTIL_S:
        return int(position_s // FINE_S)
    return min(FINE_BINS + int((position_s - FINE_UNTIL_S) // COARSE_S), LAST_BIN)


def start_s(number: int) -> int:
    """Return where a bin begins."""
    if number < FINE_BINS:
        return number * FINE_S
    return FINE_UNTIL_S + (number - FINE_BINS) * COARSE_S


def curve(counts: Mapping[int, int], *, views: int) -> list[tuple[int, float]]:
    """Return (second, share of the views that played it) from the beginning to the last bin seen.

    A part that is played again counts again, as on the large platforms: more than 1 is a part
    people go back to.
    """
    if not counts or views <= 0:
        return []
    return [
        (start_s(number), round(max(counts.get(number, 0), 0) / views, 4))
        for number in range(max(counts) + 1)
    ]

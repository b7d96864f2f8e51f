"""Interleaved rounds: both sides meet the same noise of the machine, and the median is told."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from typing import Final

ROUNDS: Final = 3


def interleave(
    name: str, ours: Callable[[], float], baseline: Callable[[], float], *, rounds: int = ROUNDS
) -> tuple[float, float]:
    """Measure both sides in turn, each first every other round; return their medians."""
    found: dict[str, list[float]] = {"ours": [], "baseline": []}
    sides = [("ours", ours), ("baseline", baseline)]
    for number in range(1, rounds + 1):
        for side, measure in sides:
            found[side].append(measure())
            progress(f"{name}  round {number}/{rounds}  {side:<8}  {found[side][-1]:.1f}")
        sides.reverse()
    return statistics.median(found["ours"]), statistics.median(found["baseline"])


def progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

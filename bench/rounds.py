"""Interleaved rounds: both sides meet the same noise of the machine, and the median is told."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping
from typing import Final

ROUNDS: Final = 3


def interleave(
    name: str, ours: Callable[[], float], baseline: Callable[[], float], *, rounds: int = ROUNDS
) -> tuple[float, float]:
    """Measure both sides in turn, each first every other round; return their medians."""
    found = take_turns(name, {"ours": ours, "baseline": baseline}, rounds=rounds)
    return found["ours"], found["baseline"]


def take_turns(
    name: str, sides: Mapping[str, Callable[[], float]], *, rounds: int = ROUNDS
) -> dict[str, float]:
    """Measure all sides in turn, in the reverse order every other round; return their medians."""
    found: dict[str, list[float]] = {side: [] for side in sides}
    order = list(sides)
    for number in range(1, rounds + 1):
        for side in order:
            found[side].append(sides[side]())
            progress(f"{name}  round {number}/{rounds}  {side:<8}  {found[side][-1]:.1f}")
        order.reverse()
    return {side: statistics.median(each) for side, each in found.items()}


def progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

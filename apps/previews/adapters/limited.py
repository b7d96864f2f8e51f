"""The maker under the limits an operator sets."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from apps.previews.adapters.engine.job import Limits
from apps.previews.adapters.pyav import PyAvMaker

MB: Final = 1024**2
# A live refresh is due every few seconds, so it may cost only a little.
LIVE_CPU_S: Final = 30
LIVE_WALL_S: Final = 60


def limited_maker(*, cpu_s: int, wall_s: int, memory_mb: int, output_mb: int) -> PyAvMaker:
    """Return a maker whose jobs may cost that much: seconds, MiB."""
    limits = Limits(
        cpu_s=cpu_s, wall_s=wall_s, memory_bytes=memory_mb * MB, output_bytes=output_mb * MB
    )
    live = replace(limits, cpu_s=min(cpu_s, LIVE_CPU_S), wall_s=min(wall_s, LIVE_WALL_S))
    return PyAvMaker(recording=limits, live=live)

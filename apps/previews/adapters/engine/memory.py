"""How much memory this process has taken, as the kernel says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_NEARLY: Final = 0.85


def peak_rss_mb() -> float:
    """Return the most memory this process had at once; 0 where the kernel does not say.

    `getrusage` will not do: Linux starts its count at the size of the process that forked us.
    """
    return round(_peak_bytes("VmHWM") / 1024**2, 1)


def is_short(limit_bytes: int) -> bool:
    """Tell whether this process came near the limit of its address space."""
    return _peak_bytes("VmPeak") > _NEARLY * limit_bytes


def _peak_bytes(name: str) -> int:
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith(f"{name}:")]
    return kilobytes[0] * 1024 if kilobytes else 0

"""The states of a broadcast and how long it waits for its encoder.

scheduled → ready → live ⇄ interrupted → ended; cancelled and failed instead of going live; removed
from any of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

OPEN_STATES: Final = ("scheduled", "ready", "live", "interrupted")
ON_AIR_STATES: Final = ("live", "interrupted")
BEFORE_AIR_STATES: Final = ("scheduled", "ready")
OVER_STATES: Final = ("ended", "cancelled", "failed")


def reconnect_until(now: datetime, window_s: int) -> datetime:
    return now + timedelta(seconds=window_s)

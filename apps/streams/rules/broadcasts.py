"""The states of a broadcast and how long it waits for its encoder."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

OPEN_STATES: Final = ("scheduled", "ready", "live", "interrupted")
ON_AIR_STATES: Final = ("live", "interrupted")
BEFORE_AIR_STATES: Final = ("scheduled", "ready")


def reconnect_until(now: datetime, window_s: int) -> datetime:
    return now + timedelta(seconds=window_s)

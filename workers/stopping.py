"""A process that runs until it is asked to stop, and says so to whoever watches."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Final

MAX_PAUSE_S: Final = 15.0


class Stopping:
    """Set by SIGTERM and SIGINT; waits end at once when it is."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def __bool__(self) -> bool:
        return self._asked.is_set()

    def ask(self) -> None:
        self._asked.set()

    def wait(self, seconds: float) -> None:
        self._asked.wait(seconds)

    def pauses(self) -> Iterator[float]:
        """Yield waits that double up to MAX_PAUSE_S, with full jitter (AWS, 2015)."""
        longest = 0.2
        while True:
            yield random.uniform(0.05, longest)  # noqa: S311 (spreads load, guards nothing)
            longest = min(longest * 2, MAX_PAUSE_S)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.ask()


class Due:
    """Something to be done every so many seconds; for the first time at once."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._at = 0.0  # monotonic

    @property
    def left_s(self) -> float:
        return max(0.0, self._at - time.monotonic())

    def begin(self) -> None:
        self._at = time.monotonic() + self._every_s

    def is_over(self) -> bool:
        """Say whether it is time, and if so begin anew."""
        if self.left_s > 0:
            return False
        self.begin()
        return True

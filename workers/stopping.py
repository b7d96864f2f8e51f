"""A process that runs until it is asked to stop, and says so to whoever watches."""

from __future__ import annotations

import random
import signal
import threading
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

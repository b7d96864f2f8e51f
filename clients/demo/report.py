"""What the person at the terminal reads: one line a step, and a summary at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

T = TypeVar("T")

POLL_S: Final = 0.25


class NotTrue(Exception):
    """Something the demo looked at is not as it must be."""


def check(*, that: bool, otherwise: str) -> None:
    """Raise NotTrue with a sentence unless it is true."""
    if not that:
        raise NotTrue(otherwise)


def wait_for(what: str, look: Callable[[], T | None], *, within_s: float) -> T:
    """Look until there is something, and return it.

    Raises:
        NotTrue: there was nothing within the time.

    """
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise NotTrue(f"{what}: not within {within_s:.0f} s")
        time.sleep(POLL_S)


class Report:
    """Counts the steps and tells how each went."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._step = 0
        self._bars = sys.stdout.isatty()

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """Run one step; what the block appends is told under its line."""
        self._step += 1
        head = f"[{self._step}/{self._steps}] {title}"
        if self._bars:
            print(f"  … {head}", end="\r", flush=True)
        began = time.monotonic()
        found: list[str] = []
        try:
            yield found
        except BaseException:
            print(f"  ✗ {head}", flush=True)
            raise
        print(f"  ✓ {head:<58} {time.monotonic() - began:5.1f} s", flush=True)
        for line in found:
            print(f"      {line}", flush=True)

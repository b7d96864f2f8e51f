"""Processes a worker starts: none outlives the one that wanted its result.

What is killed with SIGKILL sees no `finally`; the kernel ends what it had started (prctl(2),
PR_SET_PDEATHSIG). Without that, a killed worker's children would go on with tasks that the broker
has handed to others, and a killed child's ffmpeg with a file nobody waits for.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from functools import cache
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def bound_to_us(command: Sequence[str]) -> list[str]:
    """Return a command that is killed when the thread that starts it is gone.

    Where `setpriv` is missing it is the command itself, which ends by its own deadline.
    """
    return [*_binder(), *command]


def leave_the_group() -> None:
    """Make a child of a worker stop by its parent's word or death alone.

    A signal to the whole group, as process managers send it, would end its task in the middle.
    """
    os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


@cache
def _binder() -> tuple[str, ...]:
    found = shutil.which("setpriv")
    return (found, "--pdeathsig", "KILL", "--") if found else ()

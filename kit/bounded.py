"""Commands that may cost only so much: a group of their own, limits the kernel keeps, a deadline.

None outlives the thread that wanted its result (`kit.children`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Final

from kit.children import bound_to_us

MOST_TOLD_BYTES: Final = 4 * 1024**2
_LOOK_S: Final = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a command may cost; 0 stands for no limit of that kind.

    `memory_bytes` is address space, of which libraries reserve several times what they touch.
    """

    wall_s: float
    memory_bytes: int = 0
    file_bytes: int = 0
    nice: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code (negative: the signal) and the end of what it said."""

    code: int
    said: bytes
    complained: str


class TookTooLong(Exception):
    """The deadline came first; the command is gone."""


class NotWanted(Exception):
    """Whoever wanted the result took it back; the command is gone."""


def run(
    command: Sequence[str],
    limits: Limits,
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Ended:
    """Run a command to its end, with nothing on its stdin.

    Raises:
        TookTooLong: it ran longer than `limits.wall_s`.
        NotWanted: `is_wanted`, asked twice a second, said so.
        OSError: it could not be started.

    """
    # Files, not pipes: nobody has to read while the command runs.
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        with _started(command, limits, cwd, environment, (said, complained)) as child:
            _wait(child, limits.wall_s, is_wanted)
        return Ended(child.returncode, _end_of(said), _end_of(complained).decode(errors="replace"))


@contextmanager
def _started(
    command: Sequence[str],
    limits: Limits,
    cwd: Path | None,
    environment: Mapping[str, str] | None,
    ears: tuple[IO[bytes], IO[bytes]],
) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(  # noqa: S603 (our own commands)
        bound_to_us([*_limiter(limits), *command]),
        stdin=subprocess.DEVNULL,
        stdout=ears[0],
        stderr=ears[1],
        cwd=cwd,
        env=environment,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _wait(child: subprocess.Popen[bytes], wall_s: float, is_wanted: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + wall_s
    while True:
        try:
            child.wait(timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            if time.monotonic() >= ends_at:
                raise TookTooLong from None
            if not is_wanted():
                raise NotWanted from None
        else:
            return


def _limiter(limits: Limits) -> list[str]:
    """Lower the limits before the command begins, as the whole of it has to live with them."""
    prlimit = _found("prlimit")
    wanted = {"--as": limits.memory_bytes, "--fsize": limits.file_bytes}
    lowered = [f"{name}={most}" for name, most in wanted.items() if most]
    nice = _found("nice")
    return [
        *([prlimit, *lowered, "--"] if prlimit and lowered else []),
        *([nice, "-n", str(limits.nice)] if nice and limits.nice else []),
    ]


@cache
def _found(program: str) -> str | None:
    return shutil.which(program)


def _end_of(file: IO[bytes]) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - MOST_TOLD_BYTES))
    return file.read()

"""The embedded stack as one thing: honcho runs it, each part is asked for health."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import httpx
import psutil

ROOT: Final = Path(__file__).resolve().parent.parent.parent
HEALTHY_S: Final = 60.0
STOP_S: Final = 30.0
SAMPLE_S: Final = 1.0


class NotHealthy(SystemExit):
    """Names the part that did not come up and the log to read."""

    def __init__(self, part: str, log: Path, why: str) -> None:
        super().__init__(f"✗ {part} is not healthy ({why}). Read {log}.")


class Stack:
    """A running `honcho start`, and the most memory it held."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self.log = log
        self.peak_bytes = 0
        self._stopped = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_healthy(self, parts: dict[str, Callable[[], bool]]) -> Iterator[tuple[str, float]]:
        """Ask each part in turn; yield its name and the seconds it took.

        Raises:
            NotHealthy: a part did not come up within HEALTHY_S, or the stack ended.

        """
        self._sampler.start()
        for part, is_healthy in parts.items():
            began = time.monotonic()
            while not is_healthy():
                if not self.is_running:
                    raise NotHealthy(part, self.log, "the stack ended")
                if time.monotonic() - began > HEALTHY_S:
                    raise NotHealthy(part, self.log, f"no answer within {HEALTHY_S:.0f} s")
                time.sleep(0.1)
            yield part, time.monotonic() - began

    def stop(self) -> None:
        """Ask every process to end; what is left after STOP_S is killed."""
        self._stopped.set()
        if self.is_running:
            everyone = _family(self._process.pid)
            self._process.send_signal(signal.SIGTERM)
            _, left = psutil.wait_procs(everyone, timeout=STOP_S)
            for process in left:
                process.kill()
        self._process.wait()

    def _sample(self) -> None:
        while not self._stopped.wait(SAMPLE_S):
            held = sum(map(_proportional_bytes, _family(self._process.pid)))
            self.peak_bytes = max(self.peak_bytes, held)


@contextmanager
def running(log: Path, variables: dict[str, str]) -> Iterator[Stack]:
    """Start every line of the Procfile; stop them all when the block ends."""
    with log.open("ab") as out:
        stack = Stack(_start(out, variables), log)
    try:
        yield stack
    finally:
        stack.stop()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=3).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _start(out: IO[bytes], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    binaries = str(Path(sys.executable).parent)
    environment = {**os.environ, **variables, "PATH": f"{binaries}:{os.environ['PATH']}"}
    return subprocess.Popen(  # noqa: S603 (our own Procfile)
        [f"{binaries}/honcho", "start", "-f", str(ROOT / "Procfile"), "--no-colour"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    )


def _family(pid: int) -> list[psutil.Process]:
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _proportional_bytes(process: psutil.Process) -> int:
    """Return PSS: a page that several processes share counts once, in parts."""
    try:
        return int(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0

"""Processes of a benchmark: started, waited for with a deadline, ended whatever happens."""

from __future__ import annotations

import json
import os
import queue
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
STOP_S: Final = 20


class Failed(Exception):
    """A process of the benchmark did not do its part; its output says why."""


class Actor:
    """A child of the bench that answers each line it is given with one line of JSON."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self._name = name
        self._process = process
        self._said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, word: str) -> None:
        """Let it do something; `hear` returns what came of it."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):  # `hear` says that it ended
                self._process.stdin.write(f"{word}\n")
                self._process.stdin.flush()

    def hear(self, *, within_s: float) -> Any:
        """Return what it says next.

        Raises:
            Failed: it said nothing in time, or ended.

        """
        try:
            line = self._said.get(timeout=within_s)
        except queue.Empty:
            raise Failed(f"{self._name} said nothing for {within_s:.0f} s") from None
        if not line:
            raise Failed(f"{self._name} ended with {self._process.wait(STOP_S)}")
        return json.loads(line)

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            self._said.put(line)
        self._said.put("")


@contextmanager
def actor(
    module: str, *arguments: str, env: Mapping[str, str] | None = None, log: Path | None = None
) -> Iterator[Actor]:
    """Run `python -m module arguments` until the block ends; its errors go to our stderr.

    What writes a line for each thing it does gets a `log`, which an earlier run's is replaced by.
    """
    with ExitStack() as stack:
        process = subprocess.Popen(  # noqa: S603 (our own modules)
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stack.enter_context(log.open("w")) if log else None,
            text=True,
        )
        stack.callback(end, process)
        yield Actor(shlex.join((module, *arguments)), process)


def end(process: subprocess.Popen[Any]) -> None:
    """Let a process end by itself, as it has nothing more to read; else make it."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def obey(orders: Mapping[str, Callable[[], object]]) -> None:
    """Do, inside an actor, what the bench says, and tell it what came of it, until it is gone."""
    for line in sys.stdin:
        print(json.dumps(orders[line.strip()]()), flush=True)

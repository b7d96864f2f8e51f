"""One server or process of a stage: started, killed and started again as it was."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

from clients.demo.clips import ROOT
from tests.services import STOP_S, answers, stop, wait_until

START_S: Final = 60.0


class Part:
    """One process group with an address or without, started as often as wanted."""

    def __init__(
        self, command: list[str], variables: dict[str, str], log: Path, port: int = 0
    ) -> None:
        self.log = log
        self._command = command
        self.variables = variables
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._is_asked = False

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        self._is_asked = False
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603 (our own commands)
                self._command,
                cwd=ROOT,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_up(self) -> None:
        """Wait until its port answers, if it has one."""
        if not self._port:
            return
        up = wait_until(lambda: answers(self._port), within_s=START_S)
        assert up, f"did not start; its log ends:\n{self.tail()}"

    def kill(self) -> None:
        """End it without a goodbye, and all it started."""
        assert self._process is not None
        if self.is_running:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        # The shell is gone before what it started: who still answers there is not the next one.
        assert not self._port or wait_until(lambda: not answers(self._port), within_s=STOP_S)

    def ask_to_end(self) -> None:
        if self._process is not None and self.is_running:
            self._is_asked = True
            os.killpg(self._process.pid, signal.SIGTERM)

    def end(self) -> None:
        """End it and all it started; what does not obey is killed.

        What ended long ago is left alone: its number may be somebody else's by now.
        """
        if self._process is None or not (self.is_running or self._is_asked):
            return
        stop(self._process)
        # the shell of a Procfile line ends before what it started does
        if not wait_until(self._is_gone, within_s=STOP_S):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _is_gone(self) -> bool:
        assert self._process is not None
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def said(self, words: str) -> int:
        """Return how often its log says something."""
        return self.log.read_text(errors="replace").count(words)

    def says_more(self, words: str, than: int, *, within_s: float) -> bool:
        """Wait until its log says something more often than that."""
        return wait_until(lambda: self.said(words) > than, within_s=within_s)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3_000:]

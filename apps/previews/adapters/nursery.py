"""Our end of the nursery: the process that has the libraries loaded, and forks a child a job."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from apps.previews.adapters.engine.nursery import ORDER
from apps.previews.errors import MakerDown

MODULE: Final = "apps.previews.adapters.engine"
_KILL_S: Final = 5.0
_ROOT: Final = Path(__file__).resolve().parents[3]
# No environment of ours but the path: it needs no secret, so it gets none.
_ENVIRONMENT: Final = {"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


@dataclass(slots=True)
class Child:
    """A child at work; `answer` and `complaint` are files, so the limit on files bounds them."""

    line: socket.socket
    answer: IO[bytes]
    complaint: IO[bytes]

    def wait(self, timeout_s: float) -> int | None:
        """Return how it ended (below zero: the signal), or None while it works.

        Raises:
            MakerDown: the nursery is gone, and so is the child.

        """
        self.line.settimeout(max(timeout_s, 0.001))
        try:
            told = self.line.recv(16)
        except TimeoutError:
            return None
        if not told:
            raise MakerDown(detail="its process went away without a word")
        return int(told)

    def said(self, most_bytes: int) -> bytes:
        """Return what it has answered so far."""
        return _read(self.answer, most_bytes)

    def complained(self, most_bytes: int) -> bytes:
        return _read(self.complaint, most_bytes)


def _end(line: socket.socket) -> None:
    """Have the child killed, if it still works, and wait until it can write no more."""
    try:
        line.shutdown(socket.SHUT_WR)
        line.settimeout(_KILL_S)
        while line.recv(16):
            pass
    except OSError:
        return  # the nursery has gone, and its children with it


def _read(file: IO[bytes], most_bytes: int) -> bytes:
    # Not `seek` and `read`: the place in the file is one with the child's, which writes there.
    return os.pread(file.fileno(), most_bytes, 0)


@dataclass(slots=True)
class Nursery:
    """Started with its first job, and again when it has ended; one for each of our processes."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _owner: int = 0
    _desk: socket.socket | None = None
    _process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def child(self, order: str) -> Iterator[Child]:
        """Have a job done for as long as the block runs; what is left of it then is killed."""
        with (
            tempfile.TemporaryFile() as wanted,
            tempfile.TemporaryFile() as answer,
            tempfile.TemporaryFile() as complaint,
        ):
            wanted.write(order.encode())
            wanted.seek(0)
            ours, theirs = socket.socketpair()
            with ours, theirs:
                files = [file.fileno() for file in (wanted, answer, complaint, theirs)]
                self._hand_over(files)
                theirs.close()
                try:
                    yield Child(ours, answer, complaint)
                finally:
                    _end(ours)

    def _hand_over(self, files: list[int]) -> None:
        with self._lock:
            try:
                socket.send_fds(self._open_desk(), [ORDER], files)
            except OSError:  # it has ended, as nobody had wanted anything for long
                self._desk = None
                self._send_to_new(files)

    def _send_to_new(self, files: list[int]) -> None:
        try:
            socket.send_fds(self._open_desk(), [ORDER], files)
        except OSError as failure:
            self._desk = None
            raise MakerDown(detail=f"no process could be started ({failure})") from failure

    def _open_desk(self) -> socket.socket:
        # A fork of ours must not share it: what one kills would be the other's.
        if self._desk is None or self._owner != os.getpid() or self._has_ended():
            self._desk, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 (our interpreter, our module)
                    [sys.executable, "-P", "-m", MODULE],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    env=_ENVIRONMENT,
                    start_new_session=True,
                )
            self._owner = os.getpid()
        return self._desk

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None


NURSERY: Final = Nursery()

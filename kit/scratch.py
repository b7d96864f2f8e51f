"""Folders for what is in work: gone with the block, and with a process that was killed.

Each process has a folder of its own, and beside it a file that it keeps locked (flock) while it
lives. The kernel frees that lock whatever ends the process, so the next one that begins knows
whose folders nobody works in any more, and deletes them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import structlog
from django.conf import settings

from kit.ids import new_id

log = structlog.get_logger()

_LOCK: Final = ".alive"


@dataclass(frozen=True, slots=True)
class _Home:
    """The folder of one process; a fork of it has none yet."""

    folder: Path
    process_id: int
    lock: int

    @property
    def is_ours(self) -> bool:
        return self.process_id == os.getpid() and self.folder.is_dir()


_homes: Final[list[_Home]] = []  # the one of this process, once it has one
_moving: Final = Lock()  # threads of a worker begin together, and need one home


@contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """Lend an empty folder on disk; `purpose` is for who looks at the disk."""
    with tempfile.TemporaryDirectory(prefix=f"{purpose}-", dir=_home()) as made:
        yield Path(made)


def sweep(root: Path) -> int:
    """Delete the folders of processes that are gone; return how many."""
    return sum(_clear(lock) for lock in root.glob(f"*{_LOCK}"))


def _home() -> Path:
    with _moving:
        return _own_home()


def _own_home() -> Path:
    if not (_homes and _homes[0].is_ours):
        root = Path(settings.SCRATCH_DIRECTORY)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in _homes:  # of whoever forked us: held by two, it would outlive its owner
            os.close(left.lock)
        _homes[:] = [_move_in(root)]
        swept = sweep(root)
        if swept:
            log.info("scratch of dead processes deleted", folders=swept)
    return _homes[0].folder


def _move_in(root: Path) -> _Home:
    while True:
        name = f"{os.getpid()}-{new_id()}"
        lock = root / f"{name}{_LOCK}"
        held = _hold(lock, os.O_CREAT | os.O_EXCL)
        if held is None:  # somebody swept between the making and the locking
            continue
        (root / name).mkdir(mode=0o700)
        return _Home(root / name, os.getpid(), held)


def _clear(lock: Path) -> int:
    held = _hold(lock)
    if held is None:  # its process lives, or somebody else sweeps
        return 0
    try:
        shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
        lock.unlink(missing_ok=True)
    finally:
        os.close(held)
    return 1


def _hold(lock: Path, flags: int = 0) -> int | None:
    """Lock a file; None where it is held, or gone by the time it is ours."""
    with suppress(FileNotFoundError):
        opened = os.open(lock, os.O_RDWR | flags, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(opened).st_ino == lock.stat().st_ino:
                return opened
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(opened)
    return None

"""Spool over a folder that web processes and workers share; on one machine or over NFS (v4)."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from apps.streams.errors import (
    UploadLengthExceeded,
    UploadOffsetMoved,
    UploadsFull,
    UploadsOff,
)

# What a power cut may take of a piece that is still coming.
SYNC_BYTES: Final = 16 << 20
# Left free for the copy a check makes, and for everybody else.
KEPT_FREE_BYTES: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class FolderSpool:
    """One file an upload.

    There is no lock that lasts as long as a connection: a phone that lost its network comes back
    on another one while the first still hangs. Each block is added under a lock of its own, and
    only where the file ends where its writer believes; the one left behind finds that it does
    not, and stops. A lock of the kernel's ends with its process.
    """

    directory: str

    def size(self, upload_id: str) -> int:
        try:
            with self._file(upload_id).open("rb") as opened:
                os.fsync(opened.fileno())  # what is told here is never taken back
                return os.fstat(opened.fileno()).st_size
        except FileNotFoundError:
            return 0

    def append(self, upload_id: str, *, offset: int, blocks: Iterable[bytes], most: int) -> None:
        path = self._file(upload_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            self._append(upload_id, descriptor, offset, blocks, most)
        except OSError as failed:
            if failed.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise UploadsFull from failed
            raise
        finally:
            os.fsync(descriptor)
            os.close(descriptor)

    def path(self, upload_id: str) -> Path:
        return self._file(upload_id)

    def remove(self, upload_id: str) -> None:
        self._file(upload_id).unlink(missing_ok=True)

    def room_bytes(self) -> int:
        folder = self._folder()
        folder.mkdir(parents=True, exist_ok=True)
        return max(0, shutil.disk_usage(folder).free - KEPT_FREE_BYTES)

    def _append(
        self, upload_id: str, descriptor: int, offset: int, blocks: Iterable[bytes], most: int
    ) -> None:
        at = synced = offset
        for block in blocks:
            if at + len(block) > most:
                raise UploadLengthExceeded(upload_id=upload_id, length=most)
            _add(upload_id, descriptor, at, block)
            at += len(block)
            if at - synced >= SYNC_BYTES:
                os.fsync(descriptor)
                synced = at

    def _file(self, upload_id: str) -> Path:
        return self._folder() / upload_id

    def _folder(self) -> Path:
        if not self.directory:
            raise UploadsOff
        return Path(self.directory)


def _add(upload_id: str, descriptor: int, at: int, block: bytes) -> None:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        size = os.fstat(descriptor).st_size
        if size != at:
            raise UploadOffsetMoved(upload_id=upload_id, offset=size)
        left = memoryview(block)
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

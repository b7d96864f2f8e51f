"""A folder (also an NFS mount), written aside and renamed.

Django's own `save` would write a file under its final name while it grows, and choose another
name where one is taken; its storage gives the paths.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.core.files.storage import FileSystemStorage
from typing_extensions import override

from apps.streams.adapters.vaults.failures import translated
from apps.streams.errors import VaultDown
from apps.streams.ports import Vault
from kit.ids import new_id

BLOCK_BYTES: Final = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class FolderVault(Vault):
    """A file whose scratch is on the same disk gets a second name there (`may_link`), no copy."""

    storage: FileSystemStorage
    may_link: bool = True

    @override
    def put(self, source: Path, name: str, *, content_type: str, sha256: str = "") -> None:
        target = self._path(name)
        # Hidden, and not shown by that name: a crash leaves something a janitor knows.
        unfinished = target.with_name(f".{target.name}.{new_id()}.part")
        with translated(name):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                linked = self.may_link and _linked(source, unfinished)
                digest = linked or _copied(source, unfinished)
                if sha256 and digest != sha256:
                    raise VaultDown(name=name, why="the file changed while it was copied")
                unfinished.replace(target)
                _settle(target.parent)
            finally:
                unfinished.unlink(missing_ok=True)

    @override
    def has(self, name: str, *, size_bytes: int, sha256: str) -> bool:
        path = self._path(name)
        with translated(name):
            if not path.is_file() or path.stat().st_size != size_bytes:
                return False
            with path.open("rb") as kept:
                return hashlib.file_digest(kept, "sha256").hexdigest() == sha256

    @override
    @contextmanager
    def opened(self, name: str, scratch: Path) -> Iterator[Path]:
        path = self._path(name)
        if not path.is_file():
            raise VaultDown(name=name, why="there is no such file")
        yield path

    @override
    def read(self, name: str) -> bytes:
        with translated(name):
            return self._path(name).read_bytes()

    @override
    def remove(self, name: str) -> int:
        path = self._path(name)
        with translated(name):
            if path.is_dir():
                count = sum(len(files) for _, _, files in os.walk(path))
                shutil.rmtree(path)
                return count
            count = int(path.exists())
            path.unlink(missing_ok=True)
            return count

    def _path(self, name: str) -> Path:
        return Path(self.storage.path(name))  # refuses a name that leads out of the folder


def _copied(source: Path, target: Path) -> str:
    """Copy to the disk itself, not to its cache only; return the SHA-256 of the source.

    The kernel copies in one thread while the other hashes: neither waits for Python.
    """
    with source.open("rb") as near, target.open("xb") as far, ThreadPoolExecutor(1) as beside:
        copying = beside.submit(_copy, near.fileno(), far.fileno())
        with source.open("rb") as heard:
            digest = hashlib.file_digest(heard, "sha256").hexdigest()
        copying.result()
    return digest


def _copy(near: int, far: int) -> None:
    at, size = 0, os.fstat(near).st_size
    while at < size:
        sent = os.sendfile(far, near, at, BLOCK_BYTES)
        if not sent:
            raise OSError(errno.EIO, "the source ended early")
        at += sent
    os.fsync(far)


def _linked(source: Path, target: Path) -> str:
    """Give a file of the same disk a second name instead of a copy; "" where that cannot be."""
    try:
        os.link(source, target)
    except OSError:
        return ""
    with target.open("rb") as kept:
        os.fsync(kept.fileno())
        return hashlib.file_digest(kept, "sha256").hexdigest()


def _settle(folder: Path) -> None:
    """Make a rename outlast a power cut; some network mounts know no such thing."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)

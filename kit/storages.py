"""Where stored files lie: a folder (also an NFS mount), or what promises the same (`kit.buckets`).

A name that can be opened is whole: it appears with its last byte, and is on the disk by then. The
same name stored again is replaced. `signed_url` is good for one file and a while, and says
which type the answer has, whatever was stored.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol, runtime_checkable

from django.core.files.storage import FileSystemStorage, Storage

from kit.ids import new_id

FOR_EVER: Final = "public, max-age=31536000, immutable"
BLOCK_BYTES: Final = 4 << 20
# A file that is written: hidden, so that no name of ours can be it.
UNFINISHED: Final = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One stored file: its name, bytes, and when it was last written."""

    name: str
    size_bytes: int
    written_at: datetime


@runtime_checkable
class Shelf(Protocol):
    """What a storage of ours can beyond Django's `Storage`."""

    def signed_url(self, name: str, *, content_type: str, lasts_s: int) -> str | None:
        """Return an address that needs no login; None where we serve the file ourselves."""

    def walk(self, prefix: str) -> Iterator[Stored]:
        """Yield every file below a prefix, without holding the list; unfinished ones too."""


class FolderStorage(FileSystemStorage):
    """A local folder or an NFS mount; written aside, synced, and renamed into place."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_overwrite": True, **options})

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.{new_id()}{UNFINISHED}")
        try:
            with aside.open("xb") as opened:
                for block in content.chunks(BLOCK_BYTES):
                    opened.write(block)
                opened.flush()
                os.fsync(opened.fileno())
            aside.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
        return str(name).replace("\\", "/")

    def signed_url(self, name: str, *, content_type: str, lasts_s: int) -> str | None:  # noqa: ARG002
        return None

    def walk(self, prefix: str) -> Iterator[Stored]:
        root = Path(self.location)
        for folder, _, names in os.walk(root / prefix):
            for name in names:
                path = Path(folder) / name
                with contextlib.suppress(FileNotFoundError):  # renamed or removed just now
                    found = path.stat()
                    yield Stored(
                        name=PurePosixPath(path.relative_to(root)).as_posix(),
                        size_bytes=found.st_size,
                        written_at=datetime.fromtimestamp(found.st_mtime, UTC),
                    )


def failures_of(storage: Storage) -> tuple[type[Exception], ...]:
    """Return what a storage raises where it cannot: OSError, or what it names in `failures`."""
    named: tuple[type[Exception], ...] = getattr(storage, "failures", (OSError,))
    return named


def is_unfinished(name: str) -> bool:
    """Say whether a file is one that was being written: its writer lives, or died over it."""
    last = PurePosixPath(name).name
    return last.startswith(".") and last.endswith(UNFINISHED)


def _sync_folder(folder: Path) -> None:
    """Have the rename itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

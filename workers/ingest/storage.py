"""Whether there is still room for media: asked early enough for files to end whole."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MIN_FREE_MB: Final = 512
LOOK_EVERY_S: Final = 2.0

_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Storage:
    """The folder of all broadcasts, and what must stay free on its disk."""

    folder: Path
    min_free_bytes: int

    def find_problem(self) -> str:
        """Return a sentence for the operator, or nothing if media can be written.

        It blocks: a share whose server is gone may not answer for minutes.
        """
        try:
            free = self._free_bytes()
            self._write()
        except OSError as failed:
            return f"Media cannot be written to {self.folder}: {failed.strerror or failed}."
        if free < self.min_free_bytes:
            return (
                f"The disk of {self.folder} has {free // _MB} MB left; publishing needs "
                f"{self.min_free_bytes // _MB} MB (INGEST_MIN_FREE_MB)."
            )
        return ""

    def _free_bytes(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def _write(self) -> None:
        """Try it: root may write by its permissions where the file system is read-only."""
        probe = self.folder / f".probe-{uuid.uuid4().hex}"
        try:
            probe.write_bytes(b"room?")
        finally:
            probe.unlink(missing_ok=True)

"""Where uploads grow, and who takes them in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from apps.streams.ports.recordings import Probe


class Spool(Protocol):
    """Where uploads grow, shared by every web process and worker."""

    def size(self, upload_id: str) -> int:
        """Return how many bytes are there and would survive a power cut; 0 where none came."""

    def append(self, upload_id: str, *, offset: int, blocks: Iterable[bytes], most: int) -> None:
        """Add blocks behind exactly `offset` bytes, up to `most` bytes in all; on disk then.

        What was added stays when `blocks` raises, or when the process is killed.

        Raises:
            UploadOffsetMoved: somebody else writes it; nothing of theirs is touched.
            UploadLengthExceeded: the blocks hold more than fits.
            UploadsFull: the disk is full.

        """

    def path(self, upload_id: str) -> Path:
        """Return where the bytes lie; beside it there is room for a copy."""

    def remove(self, upload_id: str) -> None:
        """Remove the bytes. Safe to repeat."""

    def room_bytes(self) -> int:
        """Return how much more fits."""


class Intake(Protocol):
    """Makes of a file from anywhere one that we serve."""

    def take_in(self, source: Path, target: Path) -> Probe:
        """Write a progressive MP4 without encoding its pictures anew, and say what it is.

        Reads nothing but `source`, whatever that names.

        Raises:
            NotAVideo: no moving pictures, or none that phones play.

        """

"""What streams needs from outside, said in its own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from apps.streams.contracts import LiveSegments


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """What a media file is; spans in seconds, sizes in bytes and pixels."""

    duration_s: float
    width: int
    height: int
    has_audio: bool
    size_bytes: int
    sha256: str


class MediaEngine(Protocol):
    """Takes video in and serves it live. Every method is safe to repeat."""

    def ingest_url(self) -> str:
        """Return where an encoder publishes; the stream key is the last part of the path."""

    def disconnect(self, broadcast_id: str) -> None:
        """Cut the running session.

        Raises:
            EngineDown: no answer in time; the caller may retry.
            EngineRefused: a person must act.

        """

    def find_segments(self, broadcast_id: str, *, newest: int) -> LiveSegments | None:
        """Return files of the newest segments, or None while there are none."""

    def find_live_file(self, broadcast_id: str, name: str) -> Path | None:
        """Return a playlist, init or segment file a player may have."""

    def list_parts(self, broadcast_id: str) -> list[Path]:
        """Return the recorded parts in the order they were on air."""


class Joiner(Protocol):
    """Makes one file of the parts of a broadcast."""

    def join(self, parts: list[Path], target: Path) -> Probe:
        """Write one progressive MP4 without re-encoding, and say what it is.

        Raises:
            BadRecording: nothing in the parts can be read as video.

        """


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

"""What streams needs from outside, said in its own words."""

from __future__ import annotations

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

"""Adapters that only remember, for tests and for a laptop without video."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from apps.streams.adapters.memory_presence import MemoryAudience as MemoryAudience
from apps.streams.adapters.memory_presence import MemoryHealth as MemoryHealth
from apps.streams.contracts import LiveSegments
from apps.streams.errors import (
    BadRecording,
    EngineDown,
    NotAVideo,
    UploadLengthExceeded,
    UploadOffsetMoved,
)
from apps.streams.ports import Probe


@dataclass(slots=True)
class Memory:
    """An engine whose files a test names."""

    parts: dict[str, list[Path]] = field(default_factory=dict)
    segments: dict[str, LiveSegments] = field(default_factory=dict)
    disconnected: list[str] = field(default_factory=list)
    is_down: bool = False

    def ingest_url(self) -> str:
        return "rtmp://memory/live"

    def disconnect(self, broadcast_id: str) -> None:
        if self.is_down:
            raise EngineDown(why="told to be down")
        self.disconnected.append(broadcast_id)

    def find_segments(self, broadcast_id: str, *, newest: int) -> LiveSegments | None:
        found = self.segments.get(broadcast_id)
        return found and LiveSegments(init=found.init, segments=found.segments[-newest:])

    def find_live_file(self, broadcast_id: str, name: str) -> Path | None:
        found = self.segments.get(broadcast_id)
        listed = [found.init, *found.segments] if found else []
        return next((Path(path) for path in listed if Path(path).name == name), None)

    def list_parts(self, broadcast_id: str) -> list[Path]:
        return self.parts.get(broadcast_id, [])


@dataclass(slots=True)
class MemoryJoiner:
    """Joins by appending bytes; a part that holds `not video` is refused."""

    seconds_a_part: float = 10.0

    def join(self, parts: list[Path], target: Path) -> Probe:
        body = b"".join(part.read_bytes() for part in parts)
        if b"not video" in body:
            raise BadRecording(broadcast_id=target.stem, why="not video")
        target.write_bytes(body)
        return Probe(
            duration_s=self.seconds_a_part * len(parts),
            width=1280,
            height=720,
            has_audio=True,
            size_bytes=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
        )


@dataclass(slots=True)
class MemorySpool:
    """Uploads as bytes; `path` writes them out, for whoever needs a file."""

    folder: Path
    room: int = 1 << 40
    kept: dict[str, bytes] = field(default_factory=dict)

    def size(self, upload_id: str) -> int:
        return len(self.kept.get(upload_id, b""))

    def append(self, upload_id: str, *, offset: int, blocks: Iterable[bytes], most: int) -> None:
        at = offset
        for block in blocks:
            if at + len(block) > most:
                raise UploadLengthExceeded(upload_id=upload_id, length=most)
            if self.size(upload_id) != at:
                raise UploadOffsetMoved(upload_id=upload_id, offset=self.size(upload_id))
            self.kept[upload_id] = self.kept.get(upload_id, b"") + block
            at += len(block)

    def path(self, upload_id: str) -> Path:
        path = self.folder / upload_id
        if upload_id in self.kept:
            path.write_bytes(self.kept[upload_id])
        return path

    def remove(self, upload_id: str) -> None:
        self.kept.pop(upload_id, None)
        (self.folder / upload_id).unlink(missing_ok=True)

    def room_bytes(self) -> int:
        return self.room


@dataclass(slots=True)
class MemoryIntake:
    """Takes in by copying; what holds `not video` is refused."""

    def take_in(self, source: Path, target: Path) -> Probe:
        body = source.read_bytes()
        if b"not video" in body:
            raise NotAVideo(why="told so")
        target.write_bytes(body)
        return Probe(
            duration_s=10.0,
            width=720,
            height=1280,
            has_audio=True,
            size_bytes=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
        )

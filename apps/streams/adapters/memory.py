"""Every port of streams, only remembered: for tests and for a laptop without video."""

# ruff: noqa: ARG002 (the parameters are the ports')

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from apps.streams.adapters.memory_media import MemoryEditor as MemoryEditor
from apps.streams.adapters.memory_media import MemoryOrigin as MemoryOrigin
from apps.streams.adapters.memory_media import MemoryVault as MemoryVault
from apps.streams.adapters.memory_presence import MemoryAudience as MemoryAudience
from apps.streams.adapters.memory_presence import MemoryHealth as MemoryHealth
from apps.streams.contracts import (
    EngineFinding,
    EngineSession,
    LiveSegments,
    TargetState,
)
from apps.streams.errors import (
    EngineDown,
    EngineRefused,
    NotAVideo,
    PoolLimitReached,
    UploadLengthExceeded,
    UploadOffsetMoved,
)
from apps.streams.ports import Measured, PooledIngest, Probe, TargetAddress


@dataclass(slots=True)
class Memory:
    """An engine whose files and sessions a test names."""

    polled: bool = False
    pool_limit: int = 0
    parts: dict[str, list[Path]] = field(default_factory=dict)
    segments: dict[str, LiveSegments] = field(default_factory=dict)
    sessions: dict[str, EngineSession] = field(default_factory=dict)
    published: dict[str, str] = field(default_factory=dict)
    recorders: dict[str, str] = field(default_factory=dict)
    targets: dict[str, dict[str, TargetState]] = field(default_factory=dict)
    pool: dict[str, PooledIngest] = field(default_factory=dict)
    disconnected: list[str] = field(default_factory=list)
    is_down: bool = False
    cannot_cut: bool = False

    def ingest_url(self) -> str:
        return "rtmp://memory/live"

    def is_polled(self) -> bool:
        return self.polled

    def list_sessions(self) -> list[EngineSession]:
        self._answer()
        recorded = set(self.recorders.values())
        return [
            replace(session, is_recorded=session.session_id in recorded)
            for session in self.sessions.values()
        ]

    def disconnect(self, session_id: str) -> None:
        self._answer()
        if self.cannot_cut:
            raise EngineDown(why="told to cut nobody")
        self.sessions.pop(session_id, None)
        self.disconnected.append(session_id)

    def find_segments(self, broadcast_id: str, *, newest: int) -> LiveSegments | None:
        found = self.segments.get(broadcast_id)
        return found and LiveSegments(init=found.init, segments=found.segments[-newest:])

    def find_live_file(self, broadcast_id: str, name: str) -> Path | None:
        found = self.segments.get(broadcast_id)
        listed = [found.init, *found.segments] if found else []
        return next((Path(path) for path in listed if Path(path).name == name), None)

    def publish(self, broadcast_id: str, session: EngineSession) -> None:
        self._answer()
        self.published[broadcast_id] = session.session_id

    def withdraw(self, broadcast_id: str) -> None:
        self._answer()
        self.published.pop(broadcast_id, None)

    def is_relayed(self) -> bool:
        return False

    def find_address(self, broadcast_id: str, *, now: datetime, ttl_s: int) -> str:
        """Refuse: the files are ours."""
        raise EngineRefused(why="it serves nothing to players")

    def start(self, broadcast_id: str, session: EngineSession) -> None:
        self._answer()
        self.recorders[broadcast_id] = session.session_id

    def split(self, broadcast_id: str) -> None:
        self._answer()

    def stop(self, broadcast_id: str) -> None:
        self._answer()
        self.recorders.pop(broadcast_id, None)

    def list_parts(self, broadcast_id: str) -> list[Path]:
        return self.parts.get(broadcast_id, [])

    def add(self, broadcast_id: str, session: EngineSession, target: TargetAddress) -> None:
        self._answer()
        state = TargetState(target_id=target.id, state="active")
        self.targets.setdefault(broadcast_id, {})[target.id] = state

    def remove(self, broadcast_id: str, target_id: str) -> None:
        self._answer()
        self.targets.get(broadcast_id, {}).pop(target_id, None)

    def list_states(self, broadcast_id: str) -> list[TargetState]:
        self._answer()
        return list(self.targets.get(broadcast_id, {}).values())

    def measure(self, session_ids: Collection[str]) -> dict[str, Measured]:
        self._answer()
        return {one: {"bitrate_bps": 2e6} for one in session_ids if one in self.sessions}

    def ensure(self) -> list[str]:
        return []

    def check(self, now: datetime) -> list[EngineFinding]:
        level = "fail" if self.is_down else "ok"
        return [EngineFinding(item="reachable", level=level, found="in memory")]

    def is_pooled(self) -> bool:
        return self.pool_limit > 0

    def create(self, name: str) -> PooledIngest:
        self._answer()
        if name not in self.pool and len(self.pool) >= self.pool_limit:
            raise PoolLimitReached(why=f"{self.pool_limit} were made")
        made = PooledIngest(id=name, url="rtmp://memory/pool", key=f"{name}-1")
        return self.pool.setdefault(name, made)

    def prepare(self, stream_id: str) -> bool:
        self._answer()
        return stream_id in self.pool

    def renew(self, stream_id: str) -> PooledIngest | None:
        self._answer()
        name, turn = self.pool[stream_id].key.rsplit("-", 1)
        self.pool[stream_id] = replace(self.pool[stream_id], key=f"{name}-{int(turn) + 1}")
        return self.pool[stream_id]

    def _answer(self) -> None:
        if self.is_down:
            raise EngineDown(why="told to be down")


@dataclass(slots=True)
class MemoryResolver:
    """Names lead where a test says, every other one out into the Internet."""

    known: dict[str, list[str]] = field(default_factory=dict)
    others: str = "9.9.9.9"

    def resolve(self, hosts: Collection[str]) -> dict[str, list[str]]:
        found = {host: self.known.get(host, self._others(host)) for host in hosts}
        return {host: addresses for host, addresses in found.items() if addresses}

    def _others(self, host: str) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            return [self.others]


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

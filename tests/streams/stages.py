"""Every MediaEngine with somebody to publish to it: what its provider would do, done by hand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from apps.streams.adapters.embedded import EmbeddedIngest
from apps.streams.adapters.memory import Memory
from apps.streams.adapters.wowza_engine.adapter import WowzaEngine
from apps.streams.contracts import LiveSegments
from apps.streams.wiring import Engine
from sandbox import client
from sandbox.threaded import StandIns
from workers.ingest.ffmpeg import Target

INGEST_URL = "rtmp://ingest.example.org/live"


class Stage(ABC):
    """An engine, and the hands to publish with. `serves_files` says who serves HLS from disk."""

    engine: Engine
    serves_files = True

    @abstractmethod
    def go_on_air(self, broadcast_id: str, *, segments: int = 0) -> None:
        """Begin a session that has finished so many segments."""

    @abstractmethod
    def leave_part(self, broadcast_id: str, nth: int, body: bytes = b"part") -> None:
        """Finish the recording of the nth session."""


@dataclass
class OnMemory(Stage):
    folder: Path
    engine: Memory = field(default_factory=Memory)

    @override
    def go_on_air(self, broadcast_id: str, *, segments: int = 0) -> None:
        folder = a_folder(self.folder / broadcast_id)
        names = ["init_1.mp4", *(f"1_{nth}.m4s" for nth in range(segments))]
        init, *media = (str(a_file(folder / name)) for name in names)
        if media:
            self.engine.segments[broadcast_id] = LiveSegments(init=init, segments=media)

    @override
    def leave_part(self, broadcast_id: str, nth: int, body: bytes = b"part") -> None:
        path = a_file(a_folder(self.folder / broadcast_id) / f"{nth}.mp4", body)
        self.engine.parts.setdefault(broadcast_id, []).append(path)


@dataclass
class OnEmbedded(Stage):
    """Leaves files as `workers.ingest` names them."""

    folder: Path

    def __post_init__(self) -> None:
        self.engine = EmbeddedIngest(ingest_url=INGEST_URL, directory=str(self.folder))

    @override
    def go_on_air(self, broadcast_id: str, *, segments: int = 0) -> None:
        target = Target(a_folder(self.folder / broadcast_id), epoch=1)
        a_file(target.folder / f"init_{target.name}.mp4")
        lines = ["#EXTM3U", f'#EXT-X-MAP:URI="init_{target.name}.mp4"']
        for nth in range(segments):
            name = a_file(target.folder / f"{target.name}_{nth}.m4s").name
            lines += ["#EXTINF:2.000000,", name]
        a_file(target.folder / "index.m3u8", "\n".join([*lines, ""]).encode())

    @override
    def leave_part(self, broadcast_id: str, nth: int, body: bytes = b"part") -> None:
        target = Target(self.folder / broadcast_id, epoch=nth)
        a_folder(target.part.parent)
        a_file(target.part, body)


@dataclass
class OnWowza(Stage):
    """The stand-in takes publishers in; the recorder's mount is a folder."""

    folder: Path
    stand_ins: StandIns
    serves_files = False

    def __post_init__(self) -> None:
        self.engine = a_wowza(self.stand_ins, recordings_directory=str(self.folder))

    @override
    def go_on_air(self, broadcast_id: str, *, segments: int = 0) -> None:
        client.tell(self.stand_ins.wowza_url, "streams", {"app": "live", "name": broadcast_id})

    @override
    def leave_part(self, broadcast_id: str, nth: int, body: bytes = b"part") -> None:
        a_file(self.folder / f"{broadcast_id}_2026-11-23-12.00.00.000-00.00_{nth}.mp4", body)


def a_wowza(stand_ins: StandIns, **changed: object) -> WowzaEngine:
    """Return an adapter that talks to the stand-in as its administrator."""
    options: dict[str, object] = {
        "base_url": stand_ins.wowza_url,
        "user": stand_ins.credentials.wowza_user,
        "password": stand_ins.credentials.wowza_password,
        "publish_url": INGEST_URL,
        **changed,
    }
    return WowzaEngine(**options)  # type: ignore[arg-type] # as settings hand them over


def a_folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def a_file(path: Path, body: bytes = b"media") -> Path:
    path.write_bytes(body)
    return path

"""Editor, Vault and HlsOrigin that only remember, for tests and for a laptop without video."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from apps.streams.contracts import Piece
from apps.streams.errors import BadRecording, EditorDown, NoRoom, VaultDown
from apps.streams.ports import (
    Cut,
    Editor,
    FoundPlaylist,
    HlsOrigin,
    IsWanted,
    Joined,
    Probe,
    Vault,
)

_NO_VIDEO = b"not video"


@dataclass(slots=True)
class MemoryEditor(Editor):
    """Joins by appending bytes; what holds `not video` is refused.

    `seconds` is how long each file is; `undecodable` are places a look finds broken.
    """

    seconds: float = 300.0
    undecodable: tuple[str, ...] = ()
    is_down: bool = False
    encoded: list[int] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)

    @override
    def join(self, parts: list[Path], target: Path) -> Joined | None:
        self._work()
        readable = [part for part in parts if _is_video(part.read_bytes())]
        if not readable:
            raise BadRecording(broadcast_id=target.parent.name, why="no part has video")
        target.write_bytes(b"".join(part.read_bytes() for part in readable))
        return Joined(tuple(part for part in parts if part not in readable))

    @override
    def inspect(self, path: Path) -> Probe:
        body = _video(path)
        return Probe(
            duration_s=self.seconds,
            width=1280,
            height=720,
            has_audio=True,
            size_bytes=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            undecodable=self.undecodable,
        )

    @override
    def encode(self, source: Path, into: Path, piece: Piece, is_wanted: IsWanted) -> None:
        self._work()
        if not is_wanted():
            raise EditorDown(why="nobody wants it any more")
        _video(source)
        self.encoded.append(piece.number)
        for name in [rung.name for rung in piece.rungs] or ["sound"]:
            made = f"{name}_{piece.number:05d}"
            (into / f"{made}.mp4").write_bytes(f"init of {name} avcC\x01\x64\x00\x1f".encode())
            (into / f"{made}_00000.m4s").write_bytes(f"media {made}".encode())
            (into / f"{made}.m3u8").write_text(
                f'#EXTM3U\n#EXT-X-MAP:URI="{made}.mp4"\n'
                f"#EXTINF:{piece.length_s:.6f},\n{made}_00000.m4s\n#EXT-X-ENDLIST\n"
            )

    @override
    def cut(self, source: Path, target: Path, cut: Cut) -> None:
        self._work()
        self.cuts.append(cut)
        target.write_bytes(_video(source))

    def _work(self) -> None:
        if self.is_down:
            raise EditorDown(why="told to be down")


def _is_video(body: bytes) -> bool:
    return bool(body) and _NO_VIDEO not in body


def _video(path: Path) -> bytes:
    body = path.read_bytes()
    if _NO_VIDEO in body:
        raise BadRecording(broadcast_id=path.parent.name, why="not video")
    return body


@dataclass(slots=True)
class MemoryVault(Vault):
    """Files by name; `is_down` and `is_full` say what the next call meets."""

    files: dict[str, bytes] = field(default_factory=dict)
    is_down: bool = False
    is_full: bool = False

    @override
    def put(self, source: Path, name: str, *, content_type: str, sha256: str = "") -> None:
        self._answer(name)
        if self.is_full:
            raise NoRoom(what=name, why="told to be full")
        body = source.read_bytes()
        if sha256 and hashlib.sha256(body).hexdigest() != sha256:
            raise VaultDown(name=name, why="the file changed while it was copied")
        self.files[name] = body

    @override
    def has(self, name: str, *, size_bytes: int, sha256: str) -> bool:
        self._answer(name)
        body = self.files.get(name)
        return (
            body is not None
            and len(body) == size_bytes
            and hashlib.sha256(body).hexdigest() == sha256
        )

    @override
    @contextmanager
    def opened(self, name: str, scratch: Path) -> Iterator[Path]:
        copy = scratch / "source.mp4"
        copy.write_bytes(self.read(name))
        yield copy

    @override
    def read(self, name: str) -> bytes:
        self._answer(name)
        try:
            return self.files[name]
        except KeyError:
            raise VaultDown(name=name, why="there is no such file") from None

    @override
    def remove(self, name: str) -> int:
        self._answer(name)
        gone = [one for one in self.files if one == name or one.startswith(f"{name}/")]
        for one in gone:
            del self.files[one]
        return len(gone)

    def _answer(self, name: str) -> None:
        if self.is_down:
            raise VaultDown(name=name, why="told to be down")


@dataclass
class MemoryOrigin(HlsOrigin):
    """HlsOrigin: playlists and segments by their address."""

    playlists: dict[str, str] = field(default_factory=dict)
    segments: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @override
    def read(self, address: str) -> FoundPlaylist | None:
        self.asked.append(address)
        text = self.playlists.get(address)
        return None if text is None else FoundPlaylist(address=address, text=text)

    @override
    def save(self, address: str, into: Path) -> bool:
        if address not in self.segments:
            return False
        into.write_bytes(self.segments[address])
        return True

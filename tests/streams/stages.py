"""Every MediaEngine with somebody to publish to it: what its provider would do, done by hand."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from typing_extensions import override

from apps.streams.adapters.embedded import EmbeddedIngest
from apps.streams.adapters.memory import Memory
from apps.streams.adapters.wowza_engine.adapter import WowzaEngine
from apps.streams.adapters.wowza_video.adapter import WowzaVideo
from apps.streams.contracts import EngineSession, LiveSegments
from apps.streams.ports import PooledIngest
from apps.streams.wiring import Engine
from kit.ids import new_id
from sandbox import client
from sandbox.threaded import StandIns
from workers.ingest.ffmpeg import Target

TOKEN_SECRET = "9-digits-first"
INGEST_URL = "rtmp://ingest.example.org/live"


class Stage(ABC):
    """An engine, and the hands to publish with. `serves_files` says who serves HLS from disk."""

    engine: Engine
    serves_files = True

    @abstractmethod
    def go_on_air(self, broadcast_id: str, *, segments: int = 0) -> None:
        """Begin a session that has finished so many segments."""

    @abstractmethod
    def leave(self, broadcast_id: str) -> None:
        """End the session."""

    def session_of(self, broadcast_id: str) -> EngineSession:
        """Return the one session the engine lists of a broadcast, by whatever it knows it."""
        (found,) = [
            one
            for one in self.engine.list_sessions()
            if broadcast_id in {one.name, one.broadcast_id}
        ]
        return found

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
        session_id = new_id()
        self.engine.sessions[session_id] = EngineSession(session_id=session_id, name=broadcast_id)

    @override
    def leave(self, broadcast_id: str) -> None:
        self.engine.sessions.pop(self.session_of(broadcast_id).session_id)

    @override
    def leave_part(self, broadcast_id: str, nth: int, body: bytes = b"part") -> None:
        path = a_file(a_folder(self.folder / broadcast_id) / f"{nth}.mp4", body)
        self.engine.parts.setdefault(broadcast_id, []).append(path)


@dataclass
class OnEmbedded(Stage):
    """Leaves files as `workers.ingest` names them."""

    folder: Path

    sessions: dict[str, dict[str, object]] = field(default_factory=dict)
    health_url: str = ""

    def __post_init__(self) -> None:
        self.engine = EmbeddedIngest(
            ingest_url=INGEST_URL, directory=str(self.folder), health_url=self.health_url
        )

    @override
    def go_on_air(self, broadcast_id: str, *, segments: int = 0) -> None:
        target = Target(a_folder(self.folder / broadcast_id), epoch=1)
        a_file(target.folder / f"init_{target.name}.mp4")
        lines = ["#EXTM3U", f'#EXT-X-MAP:URI="init_{target.name}.mp4"']
        for nth in range(segments):
            name = a_file(target.folder / f"{target.name}_{nth}.m4s").name
            lines += ["#EXTINF:2.000000,", name]
        a_file(target.folder / "index.m3u8", "\n".join([*lines, ""]).encode())
        self.sessions[broadcast_id] = {
            "session_id": f"of-{broadcast_id}",
            "broadcast_id": broadcast_id,
            "epoch": 1,
            "started_at": "2026-11-23T12:00:00+00:00",
            "received_bytes": 1_000,
            "duration_s": 4.0,
            "video": {"width": 720, "height": 1280, "fps": 30.0, "bitrate_bps": 2_000_000},
            "audio": None,
        }

    @override
    def leave(self, broadcast_id: str) -> None:
        self.sessions.pop(broadcast_id, None)

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
    def leave(self, broadcast_id: str) -> None:
        client.undo(self.stand_ins.wowza_url, "streams", app="live", name=broadcast_id)

    @override
    def leave_part(self, broadcast_id: str, nth: int, body: bytes = b"part") -> None:
        a_file(self.folder / f"{broadcast_id}_2026-11-23-12.00.00.000-00.00_{nth}.mp4", body)


@dataclass
class OnWowzaVideo(Stage):
    """The cloud's stand-in: a live stream is made, started and published to for each broadcast."""

    folder: Path
    stand_ins: StandIns
    lent: dict[str, PooledIngest] = field(default_factory=dict)
    serves_files = False

    def __post_init__(self) -> None:
        self.engine = a_wowza_video(self.stand_ins, recordings_directory=str(self.folder))

    @override
    def go_on_air(self, broadcast_id: str, *, segments: int = 0) -> None:
        lent = self._lent(broadcast_id)
        while not self.engine.prepare(lent.id):
            pass
        self.engine.publish(broadcast_id, EngineSession(session_id=lent.id))
        self.publish_to(lent.url, lent.key)

    @override
    def leave(self, broadcast_id: str) -> None:
        name = self._lent(broadcast_id).key
        client.undo(self.stand_ins.wowza_url, "video-encoders", stream_name=name)

    @override
    def session_of(self, broadcast_id: str) -> EngineSession:
        (found,) = [
            one
            for one in self.engine.list_sessions()
            if one.session_id == self._lent(broadcast_id).id
        ]
        return found

    @override
    def leave_part(self, broadcast_id: str, nth: int, body: bytes = b"part") -> None:
        self.go_on_air(broadcast_id)
        video = a_file(self.folder / "sent.mp4", body)
        lent = self._lent(broadcast_id)
        self.publish_to(lent.url, lent.key, video=str(video))
        self.leave(broadcast_id)

    def publish_to(self, url: str, key: str, **more: str) -> None:
        """Publish as an encoder does that was told an address and a key."""
        where = urlsplit(url)
        login = {"user": where.username, "password": unquote(where.password or "")}
        order = {"stream_name": key, **login, **more}
        client.tell(self.stand_ins.wowza_url, "video-encoders", order)

    def _lent(self, broadcast_id: str) -> PooledIngest:
        if broadcast_id not in self.lent:
            self.lent[broadcast_id] = self.engine.create(broadcast_id)
        return self.lent[broadcast_id]


@contextmanager
def a_health_port(sessions: dict[str, dict[str, object]]) -> Iterator[str]:
    """Answer `GET /sessions` as the embedded ingest does; return the address of its health."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/sessions"
            told = {"items": list(sessions.values())} if found else {"sessions": len(sessions)}
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/healthz"
        finally:
            server.shutdown()
            thread.join()


def a_wowza_video(stand_ins: StandIns, **changed: object) -> WowzaVideo:
    """Return an adapter that talks to the cloud's stand-in with its account's token."""
    options: dict[str, object] = {
        "base_url": f"{stand_ins.wowza_url}/api/v2.0",
        "token": stand_ins.credentials.wowza_password,
        **changed,
    }
    return WowzaVideo(**options)  # type: ignore[arg-type] # as settings hand them over


def a_wowza(stand_ins: StandIns, **changed: object) -> WowzaEngine:
    """Return an adapter that talks to the stand-in as its administrator."""
    return WowzaEngine(**wowza_options(stand_ins, **changed))  # type: ignore[arg-type] # as settings hand them over


def wowza_options(stand_ins: StandIns, **changed: object) -> dict[str, object]:
    return {
        "base_url": stand_ins.wowza_url,
        "user": stand_ins.credentials.wowza_user,
        "password": stand_ins.credentials.wowza_password,
        "publish_url": INGEST_URL,
        "playback_url": stand_ins.wowza_url,
        "token_secret": TOKEN_SECRET,
        **changed,
    }


def a_folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def a_file(path: Path, body: bytes = b"media") -> Path:
    path.write_bytes(body)
    return path

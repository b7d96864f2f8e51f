"""What the ingest meets in its tests: a hook over a real socket, and ffmpeg as an encoder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import av
import imageio_ffmpeg
from typing_extensions import override

from kit.children import bound_to_us
from kit.signatures import HEADER, is_signed
from tests.services import free_port, wait_until

SECRET: Final = "a secret of the tests"
ROOT: Final = Path(__file__).resolve().parents[3]
FFMPEG: Final[str] = imageio_ffmpeg.get_ffmpeg_exe()

Call = dict[str, object]


class Hook:
    """The backend's side: each key has a broadcast; epochs count up; every call is kept."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.unsigned = 0
        self.cut: set[str] = set()  # broadcasts that may not continue
        self.deaf: set[str] = set()  # broadcasts whose heartbeats fail
        self.statuses: dict[str, int] = {}
        self._epochs: dict[str, int] = {}
        self._open: dict[str, threading.Event] = {}
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                good = is_signed(SECRET, body, self.headers.get(HEADER, ""), int(time.time()))
                status, answer = hook.answer(json.loads(body)) if good else (401, {})
                hook.unsigned += not good
                sent = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            @override
            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks/ingest"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @contextmanager
    def hesitating(self, key: str) -> Iterator[None]:
        """Leave the question about a key open until the block ends."""
        self._open[key] = threading.Event()
        try:
            yield
        finally:
            self._open.pop(key).set()

    def answer(self, call: Call) -> tuple[int, dict[str, object]]:
        self.calls.append(call)
        if pending := self._open.get(str(call.get("key"))):
            pending.wait(10)
        if call["event"] == "publish":
            key = str(call["key"])
            if key in self.statuses:
                return self.statuses[key], {}
            self._epochs[key] = self._epochs.get(key, 0) + 1
            return 200, {"broadcast_id": broadcast_of(key), "epoch": self._epochs[key]}
        if call["event"] == "heartbeat":
            if call["broadcast_id"] in self.deaf:
                return 503, {}
            if call["broadcast_id"] in self.cut:
                return 200, {"continue": False, "reason": "key-rotated"}
            return 200, {"continue": True}
        return 200, {}

    def of(self, key: str, event: str = "") -> list[Call]:
        """List the calls about one key's broadcast, in their order."""
        return [
            call
            for call in list(self.calls)
            if (call.get("key") == key or call.get("broadcast_id") == broadcast_of(key))
            and event in {"", call["event"]}
        ]

    def told(self, key: str, event: str, count: int = 1, within_s: float = 15) -> bool:
        return wait_until(lambda: len(self.of(key, event)) >= count, within_s=within_s)

    def words(self, key: str) -> list[str]:
        """Name the events about a key, without the heartbeats, which come when they come."""
        return [str(call["event"]) for call in self.of(key) if call["event"] != "heartbeat"]


def broadcast_of(key: str) -> str:
    return f"B{key}"


@dataclass
class Ingest:
    """A running `python -m workers.ingest`."""

    process: subprocess.Popen[bytes]
    port: int
    health_port: int
    folder: Path
    log: Path
    encoders: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def of(self, key: str) -> Path:
        return self.folder / broadcast_of(key)

    def index(self, key: str) -> str:
        path = self.of(key) / "index.m3u8"
        return path.read_text("utf-8") if path.exists() else ""

    def asked(self, path: str) -> Any:
        """Ask its HTTP port, whatever the status."""
        url = f"http://127.0.0.1:{self.health_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as answered:
            return {"status": answered.code, **json.load(answered)}

    def sessions(self) -> object:
        return self.asked("/healthz")["sessions"]

    def session(self, key: str) -> dict[str, Any]:
        items = self.asked("/sessions")["items"]
        return next((one for one in items if one["broadcast_id"] == broadcast_of(key)), {})

    def publish(
        self, clip: Path, key: str, *, app: str = "live", live: bool = False, again: int = 0
    ) -> subprocess.Popen[bytes]:
        """Start an encoder: as fast as it can, or in the clip's own time and over and over."""
        pace = ["-re", "-stream_loop", "-1"] if live else ["-stream_loop", str(again)]
        encoder = subprocess.Popen(  # noqa: S603 (our own ffmpeg)
            [
                *(FFMPEG, "-nostdin", "-v", "error", *pace, "-i", str(clip), "-c", "copy"),
                *("-f", "flv", f"rtmp://127.0.0.1:{self.port}/{app}/{key}"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.encoders.append(encoder)
        return encoder

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=15)

    def log_text(self) -> str:
        return self.log.read_text("utf-8")

    def leave_nothing(self) -> None:
        for encoder in self.encoders:
            encoder.kill()
            encoder.communicate(timeout=10)


@contextmanager
def an_ingest(folder: Path, hook_url: str, *arguments: str) -> Iterator[Ingest]:
    """Run an ingest of its own until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    port, health_port = free_port(), free_port()
    log = folder / f"ingest-{port}.log"
    command = [
        *(sys.executable, "-m", "workers.ingest", "--hook-url", hook_url),
        *("--port", str(port), "--health-port", str(health_port)),
        *("--dir", str(folder / "live"), *arguments),
    ]
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 (ourselves)
            # A test run that is killed takes it along: nobody else would end it.
            bound_to_us(command),
            cwd=ROOT,
            stdout=out,
            stderr=out,
            env={**os.environ, "INGEST_HOOK_SECRET": SECRET},
        )
    ingest = Ingest(process, port, health_port, folder / "live", log)
    try:
        assert wait_until(lambda: "ingest listens" in ingest.log_text(), within_s=30)
        yield ingest
    finally:
        ingest.leave_nothing()
        process.terminate()
        try:
            process.wait(20)
        finally:
            process.kill()
            process.wait()


H264: Final = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2")


def a_clip(
    path: Path,
    *,
    seconds: int = 6,
    size: str = "320x180",
    sound: bool = True,
    codec: tuple[str, ...] = H264,
) -> Path:
    """Encode colours that move, with a key frame each second, B-frames and a tone."""
    tone = ["-f", "lavfi", "-i", "sine=440", "-c:a", "aac"] if sound else []
    subprocess.run(  # noqa: S603 (our own ffmpeg)
        [
            *(FFMPEG, "-nostdin", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=30"),
            *(*tone, "-t", str(seconds), *codec),
            *("-g", "30", "-pix_fmt", "yuv420p", "-y", str(path)),
        ],
        check=True,
        timeout=60,
    )
    return path


def frames(path: Path, kind: str = "video") -> list[float]:
    """Decode all of a file or playlist; answer the frames' times in seconds."""
    with av.open(str(path), options={"allowed_extensions": "ALL"}) as opened:
        if kind == "audio":
            return [float(frame.time or 0) for frame in opened.decode(opened.streams.audio[0])]
        return [float(frame.time or 0) for frame in opened.decode(opened.streams.video[0])]


def ended(ingest: Ingest, key: str) -> Path:
    """Write the playlist as the web serves it after the end, so that a reader stops there."""
    path = ingest.of(key) / "ended.m3u8"
    path.write_text(ingest.index(key) + "#EXT-X-ENDLIST\n", "utf-8")
    return path


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def ffmpegs_of(pid: int) -> list[int]:
    """List the children that are ffmpeg by now, and not still on the way to be."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8")
    names = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in listed.split()}
    return [child for child, name in names.items() if b"pipe:0" in name]


def memory_kb(pid: int, line: str = "VmRSS") -> int:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.partition(f"{line}:")[2].split()[0])


def queued_bytes(port: int) -> int:
    """Sum what the kernel holds that was written to a server's port and not read there."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("utf-8").splitlines()[1:]]
    here = f":{port:04X}"
    arrived = sum(int(row[4].partition(":")[2], 16) for row in rows if row[1].endswith(here))
    return arrived + sum(
        int(row[4].partition(":")[0], 16) for row in rows if row[2].endswith(here)
    )


def eventually(is_true: Callable[[], bool], within_s: float = 15) -> bool:
    return wait_until(is_true, within_s=within_s)

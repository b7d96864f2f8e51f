"""What the benchmarks of the ingest run: an ingest whose hook says yes, encoders, a bare ffmpeg.

CPU is what the kernel counts for a process and for what it started, so that the encoders, which
share the machine, are not in it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import imageio_ffmpeg
import psutil
from typing_extensions import override

from bench.processes import ROOT, Failed, end
from workers.embedded.environment import free_ports

FFMPEG: Final[str] = imageio_ffmpeg.get_ffmpeg_exe()
VAR: Final = ROOT / "var" / "bench-ingest"
START_S: Final = 30.0
SEGMENT_S: Final = 2
FPS: Final = 30
_SECRET: Final = "of the benchmark"  # noqa: S105 (signs what nobody checks)


class Hook(BaseHTTPRequestHandler):
    """Lets every key in, and lets every session go on."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sent = json.dumps({"broadcast_id": told.get("key"), "epoch": 1, "continue": True}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """An ingest that ends leaves connections as they are."""

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


class Stage:
    """A running ingest; `folder` has a folder for each key."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self.process = process
        self.port = port
        self.folder = folder

    def index(self, key: str) -> Path:
        return self.folder / key / "index.m3u8"


@contextmanager
def an_ingest(name: str) -> Iterator[Stage]:
    """Run an ingest on an empty folder until the block ends."""
    folder = VAR / name
    port, health_port = free_ports(2)
    server = Server(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    command = [
        *(sys.executable, "-m", "workers.ingest", "--port", str(port), "--dir", str(folder)),
        *("--hook-url", f"http://127.0.0.1:{server.server_port}/"),
        *("--health-port", str(health_port)),
    ]
    with (VAR / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (our own module)
            command,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            env={**os.environ, "INGEST_HOOK_SECRET": _SECRET},
        )
    try:
        said = VAR / f"{name}.log"
        wait_until(lambda: "ingest listens" in said.read_text(), "the ingest listens")
        yield Stage(process, port, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        end(process)
        server.shutdown()
        server.server_close()


@contextmanager
def running(*commands: list[str], quiet: bool = True) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run the commands side by side, each reading what the one before it writes, until the end."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            before = processes[-1].stdout if processes else subprocess.DEVNULL
            processes.append(
                subprocess.Popen(  # noqa: S603 (our own ffmpeg)
                    command,
                    stdin=before,
                    stdout=subprocess.PIPE if command is not commands[-1] else subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL if quiet else None,
                )
            )
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def encoder(clip: Path, target: str) -> list[str]:
    """Return the command that sends a clip over and over in its own time."""
    pace = ["-re", "-stream_loop", "-1", "-i", str(clip)]
    return [FFMPEG, "-v", "error", *pace, "-c", "copy", "-f", "flv", target]


def bare_hls(folder: Path) -> list[str]:
    """Return the command of one ffmpeg that makes HLS of FLV, as an engine without an engine."""
    return [
        *(FFMPEG, "-v", "error", "-f", "flv", "-i", "pipe:0", "-c", "copy", "-f", "hls"),
        *("-hls_time", str(SEGMENT_S), "-hls_segment_type", "fmp4"),
        *("-hls_segment_filename", str(folder / "%d.m4s"), str(folder / "index.m3u8")),
    ]


def a_clip(name: str, *, size: str, bits_s: int, sound_bits_s: int = 96_000) -> Path:
    """Encode ten seconds at a constant rate, filled up where the pictures need less."""
    VAR.mkdir(parents=True, exist_ok=True)
    path = VAR / f"{name}.flv"
    rate = str(bits_s - sound_bits_s)
    subprocess.run(  # noqa: S603 (our own ffmpeg)
        [
            *(
                FFMPEG,
                "-nostdin",
                "-v",
                "error",
                "-f",
                "lavfi",
                "-i",
                f"testsrc2=s={size}:r={FPS}",
            ),
            *(
                "-f",
                "lavfi",
                "-i",
                "sine=440",
                "-t",
                "10",
                "-c:a",
                "aac",
                "-b:a",
                str(sound_bits_s),
            ),
            *("-c:v", "libx264", "-preset", "ultrafast", "-g", str(FPS * SEGMENT_S)),
            *("-pix_fmt", "yuv420p", "-b:v", rate, "-minrate", rate, "-maxrate", rate),
            *("-bufsize", rate, "-x264-params", "nal-hrd=cbr:scenecut=0", "-y", str(path)),
        ],
        check=True,
        timeout=120,
    )
    return path


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process and its children took so far."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def wait_until(is_true: Callable[[], bool], what: str, *, within_s: float = START_S) -> None:
    """Ask every 10 ms.

    Raises:
        Failed: it did not become true in time.

    """
    deadline = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > deadline:
            raise Failed(f"not within {within_s:.0f} s: {what}")
        time.sleep(0.01)

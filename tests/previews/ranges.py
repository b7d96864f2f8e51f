"""A web server with one file that is read by ranges, and that counts who reads what."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from typing_extensions import override

from apps.previews.ports import Ranged


@dataclass(slots=True)
class Store:
    """`sent` counts bytes; `fault`, where set, is answered instead of a range."""

    file: Path
    url: str = ""
    sent: int = 0
    fault: int = 0
    redirect_to: str = ""
    cut_after: int = 0  # bytes of each answer, where set
    paths: list[str] = field(default_factory=list)

    def footage(self) -> Ranged:
        return Ranged(url=f"{self.url}/footage.mp4?sig=abc", size_bytes=self.file.stat().st_size)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.paths.append(request.path)
        if self.redirect_to or self.fault:
            request.send_response(302 if self.redirect_to else self.fault)
            request.send_header("Location", self.redirect_to)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        self._send_range(request)

    def _send_range(self, request: BaseHTTPRequestHandler) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers["Range"])
        assert asked
        first, last = map(int, asked.groups())
        with self.file.open("rb") as file:
            file.seek(first)
            content = file.read(last - first + 1)
        request.send_response(206)
        size = self.file.stat().st_size
        request.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if self.cut_after:
            content, request.close_connection = content[: self.cut_after], True
        self.sent += len(content)
        request.wfile.write(content)


@contextmanager
def serving(file: Path) -> Iterator[Store]:
    store = Store(file)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            store.answer(self)

        @override
        def log_message(self, *_: object) -> None:
            """Stay silent."""

    class Server(ThreadingHTTPServer):
        @override
        def handle_error(self, request: object, client_address: object) -> None:
            """Let readers hang up, as children do that have seen enough."""

    with Server(("127.0.0.1", 0), Handler) as server:
        store.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield store
        server.shutdown()

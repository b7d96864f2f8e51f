"""A provider outside: it is told of effects over HTTP, and knows a repeated one by its key."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override


class Observer:
    """What was seen: each effect once, in the order of first sight, and how often it was tried."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, str] = {}  # key → what, in the order of first sight
        self._tries: Counter[str] = Counter()

    def take(self, what: str, key: str) -> None:
        with self._lock:
            self._seen.setdefault(key, what)
            self._tries[key] += 1

    def effects(self) -> list[str]:
        """Return what was seen, in order, once for each key."""
        with self._lock:
            return list(self._seen.values())

    @property
    def absorbed(self) -> Counter[str]:
        """How often an effect that was known came again, by what it was."""
        with self._lock:
            return Counter({self._seen[key]: n - 1 for key, n in self._tries.items() if n > 1})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


@contextmanager
def an_observer() -> Iterator[tuple[Observer, str]]:
    """Yield an observer and its address."""
    observer = Observer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            observer.take(json.loads(body), self.headers["Idempotency-Key"])
            self.send_response(204)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: Any) -> None: ...

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield observer, f"127.0.0.1:{server.server_port}"
        server.shutdown()

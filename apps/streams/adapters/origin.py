"""Reads HLS of another server over HTTP, in bounded time and size."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

import httpx

from apps.streams.errors import EngineDown
from apps.streams.ports import FoundPlaylist

MAX_PLAYLIST_BYTES: Final = 4 << 20
MAX_SEGMENT_BYTES: Final = 64 << 20
SEGMENT_S: Final = 20.0
GONE: Final = frozenset({403, 404, 410})


class HttpOrigin:
    """Keeps its connections, as a playlist on air is read every second."""

    def __init__(self, *, timeout_s: float = 3.0) -> None:
        self._timeout_s = timeout_s

    def read(self, address: str) -> FoundPlaylist | None:
        with self._asked(address, self._timeout_s, MAX_PLAYLIST_BYTES) as found:
            if found is None:
                return None
            where, pieces = found
            text = b"".join(pieces).decode(errors="replace").removeprefix("\ufeff")
        if not text.startswith("#EXTM3U"):
            raise EngineDown(why="a playlist is none")
        return FoundPlaylist(address=where, text=text)

    def save(self, address: str, into: Path) -> bool:
        with self._asked(address, SEGMENT_S, MAX_SEGMENT_BYTES) as found:
            if found is None:
                return False
            with into.open("wb") as kept:
                kept.writelines(found[1])
        return True

    @contextmanager
    def _asked(
        self, address: str, within_s: float, most_bytes: int
    ) -> Iterator[tuple[str, Iterator[bytes]] | None]:
        """Yield where the answer came from and its pieces, or None where nothing is there."""
        deadline = time.monotonic() + within_s
        try:
            with self._client.stream("GET", address) as answer:
                if answer.status_code in GONE:
                    yield None
                elif not answer.is_success:
                    raise EngineDown(why=f"HLS answered {answer.status_code}")
                else:
                    yield str(answer.url), _bounded(answer, deadline, most_bytes)
        except httpx.HTTPError as failed:
            raise EngineDown(why=type(failed).__name__) from failed

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(
            timeout=self._timeout_s, follow_redirects=True, max_redirects=3, trust_env=False
        )


def _bounded(answer: httpx.Response, deadline: float, most_bytes: int) -> Iterator[bytes]:
    left = most_bytes
    for piece in answer.iter_bytes():
        left -= len(piece)
        if left < 0 or time.monotonic() > deadline:
            raise EngineDown(why="an answer of HLS does not end")
        yield piece

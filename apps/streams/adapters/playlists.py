"""Reads a playlist of another server over HTTP, in bounded time and size."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Final

import httpx

from apps.streams.errors import EngineDown
from apps.streams.ports import FoundPlaylist

MAX_BYTES: Final = 4 << 20
GONE: Final = frozenset({403, 404, 410})


class HttpPlaylists:
    """Keeps its connections, as a playlist on air is read every second."""

    def __init__(self, *, timeout_s: float = 3.0) -> None:
        self._timeout_s = timeout_s

    def read(self, address: str) -> FoundPlaylist | None:
        deadline = time.monotonic() + self._timeout_s
        body = bytearray()
        try:
            with self._client.stream("GET", address) as answer:
                if answer.status_code in GONE:
                    return None
                if not answer.is_success:
                    raise EngineDown(why=f"a playlist answered {answer.status_code}")
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MAX_BYTES or time.monotonic() > deadline:
                        raise EngineDown(why="a playlist does not end")
                where = str(answer.url)
        except httpx.HTTPError as failed:
            raise EngineDown(why=type(failed).__name__) from failed
        text = body.decode(errors="replace").removeprefix("\ufeff")
        if not text.startswith("#EXTM3U"):
            raise EngineDown(why="a playlist is none")
        return FoundPlaylist(address=where, text=text)

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(
            timeout=self._timeout_s, follow_redirects=True, max_redirects=3, trust_env=False
        )

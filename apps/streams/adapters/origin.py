"""Reads HLS of another server over HTTP, in bounded time and size."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

import httpx

from apps.streams.errors import EngineDown
from apps.streams.ports import FoundPlaylist

MAX_PLAYLIST_BYTES: Final = 4 << 20
MAX_SEGMENT_BYTES: Final = 64 << 20
SEGMENT_S: Final = 20.0
GONE: Final = frozenset({403, 404, 410})
T = TypeVar("T")


class HttpOrigin:
    """Keeps its connections, as a playlist on air is read every second.

    They live in a loop of their own, in a thread: there a deadline is one of the whole answer,
    whatever drips in. Made on first use, so that a forked child has its own.
    """

    def __init__(self, *, timeout_s: float = 3.0) -> None:
        self._timeout_s = timeout_s

    def read(self, address: str) -> FoundPlaylist | None:
        return self._within(self._timeout_s, self._read(address))

    def save(self, address: str, into: Path) -> bool:
        return self._within(SEGMENT_S, self._save(address, into))

    async def _read(self, address: str) -> FoundPlaylist | None:
        async with self._client.stream("GET", address) as answer:
            if not _is_there(answer):
                return None
            pieces = [piece async for piece in _bounded(answer, MAX_PLAYLIST_BYTES)]
            text = b"".join(pieces).decode(errors="replace").removeprefix("\ufeff")
            if not text.startswith("#EXTM3U"):
                raise EngineDown(why="a playlist is none")
            return FoundPlaylist(address=str(answer.url), text=text)

    async def _save(self, address: str, into: Path) -> bool:
        async with self._client.stream("GET", address) as answer:
            if not _is_there(answer):
                return False
            with into.open("wb") as kept:
                async for piece in _bounded(answer, MAX_SEGMENT_BYTES):
                    kept.write(piece)
            return True

    def _within(self, seconds: float, work: Coroutine[None, None, T]) -> T:
        asked = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self._loop)
        try:
            return asked.result()
        except TimeoutError as slow:
            raise EngineDown(why=f"no whole answer within {seconds:g} s") from slow
        except httpx.HTTPError as failed:
            raise EngineDown(why=type(failed).__name__) from failed

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, name="hls-origin", daemon=True).start()
        return loop

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            timeout=self._timeout_s, follow_redirects=True, max_redirects=3, trust_env=False
        )


def _is_there(answer: httpx.Response) -> bool:
    if answer.status_code in GONE:
        return False
    if not answer.is_success:
        raise EngineDown(why=f"HLS answered {answer.status_code}")
    return True


async def _bounded(answer: httpx.Response, most_bytes: int) -> AsyncIterator[bytes]:
    left = most_bytes
    async for piece in answer.aiter_bytes():
        left -= len(piece)
        if left < 0:
            raise EngineDown(why="an answer of HLS does not end")
        yield piece

"""HTTP calls to an engine under one deadline, made in turn or together."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import httpx

from apps.streams.errors import EngineDown

TOGETHER: Final = 8


@dataclass(frozen=True, slots=True)
class Ask:
    """One call; `path` may be a whole address."""

    method: str
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Where an engine is. `timeout_s` bounds a call as a whole, login and slow bytes included."""

    base_url: str
    timeout_s: float
    headers: dict[str, str]

    def ask(self, wanted: Sequence[Ask], *, login: httpx.Auth | None) -> list[httpx.Response]:
        """Make the calls, a few at a time; answers come in their order.

        Raises:
            EngineDown: one of them had no answer in time.

        """
        # A loop in a thread of its own, as the caller may run in one; with per-step timeouts
        # only, an answer that drips in would never end.
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(asyncio.run, self._all(wanted, login)).result()

    async def _all(self, wanted: Sequence[Ask], login: httpx.Auth | None) -> list[httpx.Response]:
        turns = asyncio.Semaphore(TOGETHER)
        async with httpx.AsyncClient(
            auth=login,
            headers=self.headers,
            timeout=self.timeout_s,
            # a private authority by SSL_CERT_FILE; loading them costs 20 ms, so only for TLS
            verify=ssl.create_default_context() if self.base_url.startswith("https") else False,
            trust_env=False,  # a neighbour: no proxy between us
        ) as client:
            return await asyncio.gather(*(self._one(client, turns, ask) for ask in wanted))

    async def _one(
        self, client: httpx.AsyncClient, turns: asyncio.Semaphore, ask: Ask
    ) -> httpx.Response:
        try:
            async with turns, asyncio.timeout(self.timeout_s):
                return await client.request(
                    ask.method, f"{self.base_url.rstrip('/')}{ask.path}", json=ask.body
                )
        except (TimeoutError, httpx.TimeoutException) as slow:
            raise EngineDown(why=f"no answer within {self.timeout_s:g} s") from slow
        except httpx.HTTPError as failed:
            raise EngineDown(why=type(failed).__name__) from failed

"""`GET /healthz`: enough HTTP for a probe, without a web server's memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Final

DEADLINE_S: Final = 5.0
MAX_REQUEST_BYTES: Final = 8192


async def listen(host: str, port: int, count: Callable[[], int]) -> asyncio.Server:
    """Answer `{"sessions": n}` with `count` at /healthz and 404 elsewhere.

    Raises:
        OSError: the address cannot be bound.

    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(request, count()))
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # a probe that goes away or babbles is its own problem
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port, limit=MAX_REQUEST_BYTES)


def _response(request: bytes, sessions: int) -> bytes:
    found = request.startswith((b"GET /healthz ", b"GET /healthz?"))
    status = "200 OK" if found else "404 Not Found"
    body = json.dumps({"sessions": sessions} if found else {}).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body

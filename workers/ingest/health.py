"""`GET /healthz` and `GET /sessions`: enough HTTP for probes, without a web server's memory.

It tells ids and numbers, never a key; it is for the operator's network alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final

DEADLINE_S: Final = 5.0
MAX_REQUEST_BYTES: Final = 8192

_STATUS: Final = {200: "200 OK", 404: "404 Not Found", 503: "503 Service Unavailable"}

Page = Callable[[], tuple[int, dict[str, object]]]  # status and JSON


async def listen(host: str, port: int, pages: Mapping[str, Page]) -> asyncio.Server:
    """Answer the pages by their paths, and 404 elsewhere.

    Raises:
        OSError: the address cannot be bound.

    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(request, pages))
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # a probe that goes away or babbles is its own problem
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port, limit=MAX_REQUEST_BYTES)


def _response(request: bytes, pages: Mapping[str, Page]) -> bytes:
    method, _, rest = request.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0].decode("ascii", "replace")
    page = pages.get(path) if method == b"GET" else None
    status, shown = page() if page else (404, {})
    body = json.dumps(shown).encode()
    head = f"HTTP/1.1 {_STATUS[status]}\r\nContent-Type: application/json\r\n"
    head += f"Cache-Control: no-store\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body

"""POST to one URL over HTTP/1.1 connections that are kept, for the price of its bytes.

A general client took a tenth of what a stream costs, for redirects, cookies, proxies and a second
event loop that nobody asks for. The protocol itself is h11's.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import certifi
import h11

MAX_IDLE: Final = 20
MAX_ANSWER_BYTES: Final = 64 * 1024
_READ_BYTES: Final = 16 * 1024
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where to post: `target` is the path with its query, `name` what the Host header says."""

    host: str
    port: int
    is_secure: bool
    target: str
    name: str

    @classmethod
    def of(cls, url: str) -> Address:
        """Read an absolute URL.

        Raises:
            ValueError: neither http nor https, no host, or a name and password in it.

        """
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
            raise ValueError("must be http(s)://host/… without a name and password")
        query = f"?{parts.query}" if parts.query else ""
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            is_secure=parts.scheme == "https",
            target=(parts.path or "/") + query,
            name=parts.netloc,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class Poster:
    """Keeps connections between posts; a deadline is its caller's, by cancelling."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._idle: list[_Line] = []
        self._trust: ssl.SSLContext | None = None
        if address.is_secure:
            self._trust = ssl.create_default_context(cafile=certifi.where())

    async def post(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Post once; or again, where a kept connection turns out to be gone.

        A server may have taken the first and not answered: what is posted must be safe to repeat.

        Raises:
            OSError, h11.ProtocolError: no answer came, or none that can be read.

        """
        every = {"Host": self._address.name, "Content-Length": str(len(body)), **headers}
        request = h11.Request(method="POST", target=self._address.target, headers=[*every.items()])
        while self._idle:
            kept = self._idle.pop()
            try:
                return await self._ask(kept, request, body)
            except (OSError, h11.RemoteProtocolError):
                if kept.was_heard:
                    raise
        return await self._ask(await self._open(), request, body)

    def close(self) -> None:
        """Let go of what is kept."""
        while self._idle:
            self._idle.pop().close()

    async def _open(self) -> _Line:
        address = self._address
        reader, writer = await asyncio.open_connection(address.host, address.port, ssl=self._trust)
        return _Line(reader, writer)

    async def _ask(self, line: _Line, request: h11.Request, body: bytes) -> Answer:
        may_keep = False
        try:
            answer = await line.ask(request, body)
            may_keep = line.is_free() and len(self._idle) < MAX_IDLE
        finally:  # also when cancelled: half an answer must not be read as the next one's
            if may_keep:
                self._idle.append(line)
            else:
                line.close()
        return answer


class _Line:
    """One connection; `was_heard` says whether the last question got a byte for an answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.was_heard = False
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT)

    async def ask(self, request: h11.Request, body: bytes) -> Answer:
        self.was_heard = False
        said = [request, h11.Data(data=body), h11.EndOfMessage()]
        self._writer.write(b"".join(self._http.send(part) or b"" for part in said))
        await self._writer.drain()
        status, heard = 0, bytearray()
        while not isinstance(event := await self._event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                heard += event.data
            if len(heard) > MAX_ANSWER_BYTES:
                raise h11.RemoteProtocolError("an answer without end")
        return Answer(status, bytes(heard))

    def is_free(self) -> bool:
        """Say whether it can be asked again, and make it ready for that."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    def close(self) -> None:
        self._writer.close()

    async def _event(self) -> h11.Event:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            received = await self._reader.read(_READ_BYTES)
            self.was_heard = self.was_heard or bool(received)
            self._http.receive_data(received)
        if not isinstance(event, h11.Event):
            raise h11.RemoteProtocolError("the connection changed its protocol")
        return event

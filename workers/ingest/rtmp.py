"""The server's half of one RTMP conversation, up to the media (RTMP 1.0 §5.2, §5.4, §7.2)."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator
from typing import Final

from workers.ingest import amf, chunks
from workers.ingest.chunks import ChunkReader, Message
from workers.ingest.errors import MalformedRtmp, PublishRefused
from workers.ingest.pace import READ_BYTES, PacedSocket

APP: Final = "live"
MAX_KEY_CHARS: Final = 256
CONTROL_MAX_BYTES: Final = 64 * 1024  # all that a stranger may make us hold
WINDOW_BYTES: Final = 2_500_000
LINGER_S: Final = 2.0

_VERSION: Final = 3
_C1_BYTES: Final = 1536
_PING, _PONG = 6, 7
_MEDIA: Final = frozenset({chunks.AUDIO, chunks.VIDEO})
_COMMANDS: Final = frozenset({chunks.COMMAND, chunks.COMMAND_AMF3})
_LEAVING: Final = frozenset({"deleteStream", "closeStream", "FCUnpublish"})


class Connection:
    """One client on one socket. Every coroutine may raise MalformedRtmp or an OSError."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._chunks = ChunkReader(CONTROL_MAX_BYTES)
        self._early: list[Message] = []
        self._received = 0
        self._acknowledged = 0
        self._window = WINDOW_BYTES
        self._paced: PacedSocket | None = None
        self._has_refused = False
        peer = writer.get_extra_info("peername")
        self.remote: str = peer[0] if peer else "unknown"

    async def handshake(self) -> None:
        """Exchange C0, C1, C2 and S0, S1, S2: the plain form, without Adobe's digests."""
        version = (await self._reader.readexactly(1))[0]
        if version != _VERSION:
            raise MalformedRtmp(why="not an RTMP handshake")
        theirs = await self._reader.readexactly(_C1_BYTES)
        ours = struct.pack(">II", 0, 0) + os.urandom(_C1_BYTES - 8)
        self._writer.write(bytes([_VERSION]) + ours + theirs)
        await self._writer.drain()
        await self._reader.readexactly(_C1_BYTES)

    async def publishing_key(self) -> str:
        """Talk until the client asks to publish; answer its key, asked for in the app `live`.

        Raises:
            PublishRefused: another app, an unusable key, or a request to play. The client has
                been told.

        """
        async for message in self._messages():
            name, values = _command(message)
            if name == "connect":
                await self._connected(values)
            elif name == "createStream":
                self._send(chunks.COMMAND, amf.encode("_result", _transaction(values), None, 1))
            elif name == "play":
                await self._refuse_play()
            elif name == "publish":
                return await self._key(values)
        raise PublishRefused(why="the client left before it published")

    async def accept(self) -> None:
        """Tell the client to send; from here on, messages may be as large as video needs."""
        self._chunks.max_bytes = chunks.MAX_MESSAGE_BYTES
        self._send(chunks.USER_CONTROL, struct.pack(">HI", 0, 1), chunk_stream=2)
        self._status("status", "NetStream.Publish.Start", "Publishing")
        await self._writer.drain()

    async def refuse(self, code: str, description: str) -> None:
        """Tell the client why not."""
        self._status("error", code, description)
        self._has_refused = True
        await self._writer.drain()

    async def media(self) -> AsyncIterator[list[Message]]:
        """Yield audio, video and data messages as they come, until the client leaves.

        What is not asked for is not read, so the socket's own flow control slows the client.
        """
        self._understand(await self._read_at_our_pace())
        while True:
            batch, self._early = self._early, []
            commands = [message for message in batch if message.kind in _COMMANDS]
            leaving = any(_command(message)[0] in _LEAVING for message in commands)
            yield [one for one in batch if one not in commands] if commands else batch
            if leaving or not await self._receive():
                return

    async def close(self) -> None:
        """Close the socket; may be repeated.

        After a refusal, what the client still sends is read and dropped for a moment: closing
        over unread bytes resets the connection, and the client would not hear why.
        """
        try:
            async with asyncio.timeout(LINGER_S):
                if self._has_refused and not self._writer.is_closing():
                    self._writer.write_eof()
                    while await self._read():
                        pass
                self._let_go()
                self._writer.close()
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._paced is not None:  # the connection lives as long as one of the two has it
            self._paced.close()

    async def _read_at_our_pace(self) -> bytes:
        """Read from the socket itself from now on; answer what was read before that."""
        transport = self._writer.transport
        if isinstance(transport, asyncio.Transport):  # as every socket's is
            transport.pause_reading()
        self._paced = PacedSocket(self._writer.get_extra_info("socket").dup())
        self._reader.feed_eof()
        return await self._reader.read()

    async def _read(self) -> bytes:
        if self._paced is not None:
            return await self._paced.read()
        return await self._reader.read(READ_BYTES)

    async def _messages(self) -> AsyncIterator[Message]:
        while self._early or await self._receive():
            while self._early:
                yield self._early.pop(0)

    async def _receive(self) -> bool:
        received = await self._read()
        self._understand(received)
        # Writing to a client that has closed makes the kernel drop what it sent before: so
        # nothing is acknowledged while there is a backlog to read.
        has_caught_up = self._paced.has_caught_up if self._paced else len(received) < READ_BYTES
        if has_caught_up and self._received - self._acknowledged >= self._window // 2:
            self._acknowledged = self._received
            count = self._received & 0xFFFFFFFF
            self._send(chunks.ACKNOWLEDGEMENT, struct.pack(">I", count), chunk_stream=2)
        return bool(received)

    def _understand(self, received: bytes) -> None:
        self._received += len(received)
        for message in self._chunks.feed(received):
            if message.kind in _MEDIA or not self._controlled(message):
                self._early.append(message)

    def _controlled(self, message: Message) -> bool:
        if message.kind == chunks.WINDOW_SIZE:
            wanted = int.from_bytes(message.payload[:4])
            self._window = max(READ_BYTES, min(wanted, WINDOW_BYTES))
        elif message.kind == chunks.USER_CONTROL:
            if message.payload[:2] == struct.pack(">H", _PING):
                pong = struct.pack(">H", _PONG) + message.payload[2:6]
                self._send(chunks.USER_CONTROL, pong, chunk_stream=2)
        elif message.kind not in {chunks.ACKNOWLEDGEMENT, chunks.PEER_BANDWIDTH}:
            return False
        return True

    async def _connected(self, values: list[object]) -> None:
        window = struct.pack(">I", WINDOW_BYTES)
        self._send(chunks.WINDOW_SIZE, window, chunk_stream=2)
        self._send(chunks.PEER_BANDWIDTH, window + b"\x02", chunk_stream=2)
        size = struct.pack(">I", chunks.OUR_CHUNK_BYTES)
        self._send(chunks.SET_CHUNK_SIZE, size, chunk_stream=2)
        options = next((value for value in values[2:3] if isinstance(value, dict)), {})
        app = str(options.get("app", "")).partition("?")[0].rstrip("/")
        if app != APP:
            why = {"level": "error", "code": "NetConnection.Connect.Rejected"}
            why["description"] = f"There is no such application; publish to /{APP}"
            self._send(chunks.COMMAND, amf.encode("_error", _transaction(values), None, why))
            self._has_refused = True
            await self._writer.drain()
            raise PublishRefused(why="the application is unknown")
        server = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31}
        ok: dict[str, object] = {"level": "status", "code": "NetConnection.Connect.Success"}
        ok |= {"description": "Connected", "objectEncoding": 0}
        self._send(chunks.COMMAND, amf.encode("_result", _transaction(values), server, ok))
        await self._writer.drain()

    async def _key(self, values: list[object]) -> str:
        name = next((value for value in values[3:4] if isinstance(value, str)), "")
        key = name.partition("?")[0]
        if not 0 < len(key) <= MAX_KEY_CHARS:
            await self.refuse("NetStream.Publish.BadName", "The stream key cannot be used")
            raise PublishRefused(why="the stream key cannot be one")
        return key

    async def _refuse_play(self) -> None:
        await self.refuse("NetStream.Play.Failed", "This server takes streams, it plays none")
        raise PublishRefused(why="the client wanted to play")

    def _status(self, level: str, code: str, description: str) -> None:
        said = {"level": level, "code": code, "description": description}
        self._send(chunks.COMMAND, amf.encode("onStatus", 0, None, said), stream_id=1)

    def _send(
        self, kind: int, payload: bytes, *, chunk_stream: int = 3, stream_id: int = 0
    ) -> None:
        self._writer.write(
            chunks.pack(kind, payload, chunk_stream=chunk_stream, stream_id=stream_id)
        )


def _command(message: Message) -> tuple[str, list[object]]:
    if message.kind == chunks.COMMAND:
        values = amf.decode(message.payload)
    elif message.kind == chunks.COMMAND_AMF3:
        values = amf.decode(message.payload[1:])  # an AMF3 envelope around AMF0 values
    else:
        return "", []
    return (values[0] if values and isinstance(values[0], str) else ""), values


def _transaction(values: list[object]) -> float:
    return values[1] if len(values) > 1 and isinstance(values[1], float) else 0.0

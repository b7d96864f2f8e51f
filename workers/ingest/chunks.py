"""RTMP chunks to messages and back, without a socket (RTMP 1.0 §5.3, Adobe 2012).

The reader is fed bytes and hands out whole messages; it never holds more than one message's limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from workers.ingest.errors import MalformedRtmp

SET_CHUNK_SIZE: Final = 1
ABORT: Final = 2
ACKNOWLEDGEMENT: Final = 3
USER_CONTROL: Final = 4
WINDOW_SIZE: Final = 5
PEER_BANDWIDTH: Final = 6
AUDIO: Final = 8
VIDEO: Final = 9
DATA: Final = 18
COMMAND: Final = 20
COMMAND_AMF3: Final = 17

MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
MAX_CHUNK_BYTES: Final = 16 * 1024 * 1024
MAX_CHUNK_STREAMS: Final = 64
OUR_CHUNK_BYTES: Final = 65536  # ffmpeg answers by sending chunks of the same size

_EXTENDED: Final = 0xFFFFFF
_WRAP: Final = 0xFFFFFFFF
_HEADER_BYTES: Final = (11, 7, 3, 0)
_LONG_FORMS: Final = (0, 1)  # those that say length and kind themselves
_BARE: Final = 3
_LONGER_IDS: Final = {0: 1, 1: 2}  # bytes of a chunk stream's number that does not fit in six bits
_NUMBER_BYTES: Final = 4


class Message(NamedTuple):  # a tuple, as some thousands are made a second
    """One RTMP message; `timestamp` is in milliseconds and wraps at 2**32."""

    kind: int
    timestamp: int
    stream_id: int
    payload: bytes


@dataclass(slots=True)
class _Header:
    timestamp: int = 0
    delta: int = 0
    length: int = 0
    kind: int = 0
    stream_id: int = 0
    extended: bool = False


@dataclass(slots=True)
class _ChunkStream:
    header: _Header | None = None
    partial: bytearray | None = None


class ChunkReader:
    """Turns bytes into messages; SetChunkSize and Abort are obeyed here and not handed out."""

    def __init__(self, max_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self.max_bytes = max_bytes
        self._chunk_bytes = 128
        self._buffer = bytearray()
        self._streams: dict[int, _ChunkStream] = {}
        self._promised = 0  # bytes of all begun messages, by their own word

    def feed(self, received: bytes) -> Iterator[Message]:
        """Yield the messages that these bytes complete.

        Raises:
            MalformedRtmp: a chunk that cannot be, or more promised than `max_bytes`.

        """
        self._buffer += received
        at = 0
        try:
            while (taken := self._chunk(at)) is not None:
                at, message = taken
                if message is not None and not self._obey(message):
                    yield message
        finally:
            del self._buffer[:at]

    def _chunk(self, at: int) -> tuple[int, Message | None] | None:
        """Take one chunk; None, with nothing changed, while it is not all here."""
        opened = self._basic_header(at)
        if opened is None:
            return None
        at, form, number = opened
        stream = self._streams.get(number) or _ChunkStream()
        read = self._message_header(at, form, stream)
        if read is None:
            return None
        at, header = read
        self._bound(stream, header)
        so_far = len(stream.partial) if stream.partial is not None else 0
        end = at + min(self._chunk_bytes, header.length - so_far)
        if end > len(self._buffer):
            return None
        self._begin(number, stream, header)
        return end, self._append(stream, header, self._buffer[at:end])

    def _basic_header(self, at: int) -> tuple[int, int, int] | None:
        buffer = self._buffer
        if at >= len(buffer):
            return None
        form, number = buffer[at] >> 6, buffer[at] & 63
        at += 1
        more = _LONGER_IDS.get(number, 0)
        if not more:
            return at, form, number
        if at + more > len(buffer):
            return None
        return at + more, form, 64 + int.from_bytes(buffer[at : at + more], "little")

    def _message_header(
        self, at: int, form: int, stream: _ChunkStream
    ) -> tuple[int, _Header] | None:
        last = stream.header
        if last is None and form not in _LONG_FORMS:
            raise MalformedRtmp(why="a chunk refers to a header that never came")
        if stream.partial is not None and form != _BARE:
            raise MalformedRtmp(why="a message begins inside another one")
        last = last or _Header()
        if form == _BARE:
            return self._repeated(at, stream, last)
        body = at + _HEADER_BYTES[form]
        if body > len(self._buffer):
            return None
        raw = self._buffer[at:body]
        moment = int.from_bytes(raw[:3])
        extended = moment == _EXTENDED
        if extended:
            if body + 4 > len(self._buffer):
                return None
            moment = int.from_bytes(self._buffer[body : body + 4])
            body += 4
        return body, _header(form, raw, moment, last, extended=extended)

    def _repeated(
        self, at: int, stream: _ChunkStream, last: _Header
    ) -> tuple[int, _Header] | None:
        if last.extended:
            at += 4  # the extended timestamp stands in every chunk of its message
            if at > len(self._buffer):
                return None
        if stream.partial is not None:
            return at, last
        return at, replace(last, timestamp=(last.timestamp + last.delta) & _WRAP)

    def _bound(self, stream: _ChunkStream, header: _Header) -> None:
        """Refuse by the header: the bytes that it promises need not be waited for."""
        if stream.partial is None and self._promised + header.length > self.max_bytes:
            raise MalformedRtmp(why="messages are larger than the limit")

    def _begin(self, number: int, stream: _ChunkStream, header: _Header) -> None:
        if stream.partial is not None:
            return
        self._promised += header.length
        stream.header, stream.partial = header, bytearray()
        self._streams[number] = stream
        if len(self._streams) > MAX_CHUNK_STREAMS:
            raise MalformedRtmp(why="too many chunk streams")

    def _append(self, stream: _ChunkStream, header: _Header, piece: bytearray) -> Message | None:
        if stream.partial is None or len(stream.partial) + len(piece) < header.length:
            if stream.partial is not None:
                stream.partial += piece
            return None
        payload = bytes(stream.partial + piece) if stream.partial else bytes(piece)
        stream.partial = None
        self._promised -= header.length
        return Message(header.kind, header.timestamp, header.stream_id, payload)

    def _obey(self, message: Message) -> bool:
        if message.kind not in {SET_CHUNK_SIZE, ABORT}:
            return False
        if len(message.payload) < _NUMBER_BYTES:
            raise MalformedRtmp(why="a control message is cut short")
        number = int.from_bytes(message.payload[:4])
        if message.kind == ABORT:
            self._abort(number)
        elif not 1 <= number <= MAX_CHUNK_BYTES:
            raise MalformedRtmp(why="a chunk size out of bounds")
        else:
            self._chunk_bytes = number
        return True

    def _abort(self, number: int) -> None:
        stream = self._streams.get(number)
        if stream is not None and stream.header is not None and stream.partial is not None:
            self._promised -= stream.header.length
            stream.partial = None


def _header(form: int, raw: bytearray, moment: int, last: _Header, *, extended: bool) -> _Header:
    """Fill in from the chunk stream's last header what the shorter forms leave out."""
    # After a full header, a bare one repeats its absolute time as the delta (§5.3.1.2.4).
    if form == 0:
        stream_id = int.from_bytes(raw[7:11], "little")
        return _Header(moment, moment, int.from_bytes(raw[3:6]), raw[6], stream_id, extended)
    timestamp = (last.timestamp + moment) & _WRAP
    length, kind = last.length, last.kind
    if form in _LONG_FORMS:
        length, kind = int.from_bytes(raw[3:6]), raw[6]
    return _Header(timestamp, moment, length, kind, last.stream_id, extended)


def pack(kind: int, payload: bytes, *, chunk_stream: int = 3, stream_id: int = 0) -> bytes:
    """Write one of our own messages as one chunk; it must fit into the peer's idea of a chunk.

    That is 128 bytes until we announced OUR_CHUNK_BYTES.
    """
    head = bytes([chunk_stream, 0, 0, 0]) + len(payload).to_bytes(3)
    return head + bytes([kind]) + stream_id.to_bytes(4, "little") + payload

"""RTMP chunks to messages and back, without a socket (RTMP 1.0 §5.3, Adobe 2012).

The reader is fed bytes and hands out whole messages; it never holds more than one message's limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
_OBEYED: Final = frozenset({SET_CHUNK_SIZE, ABORT})
_LONGER_IDS: Final = {0: 1, 1: 2}  # bytes of a chunk stream's number that does not fit in six bits
_NUMBER_BYTES: Final = 4


class Message(NamedTuple):  # a tuple, as some thousands are made a second
    """One RTMP message; `timestamp` is in milliseconds and wraps at 2**32."""

    kind: int
    timestamp: int
    stream_id: int
    payload: bytes


@dataclass(slots=True)
class _ChunkStream:
    """The last header of a chunk stream, and what came so far of the message under it."""

    timestamp: int = 0
    delta: int = 0
    length: int = 0
    kind: int = 0
    stream_id: int = 0
    extended: bool = False
    left: int = 0  # bytes that its message still lacks
    partial: bytearray = field(default_factory=bytearray)


class ChunkReader:
    """Turns bytes into messages; SetChunkSize and Abort are obeyed here and not handed out.

    Only the header of a chunk is waited for: a body is taken as it comes, so what is kept between
    two feeds is messages that were begun, and a few bytes.
    """

    def __init__(self, max_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self.max_bytes = max_bytes
        self._chunk_bytes = 128
        self._buffer = b""
        self._at = 0  # in the buffer: what is before was taken
        self._open: _ChunkStream | None = None  # whose chunk is not all here
        self._due = 0  # bytes that the open chunk lacks
        self._streams: dict[int, _ChunkStream] = {}
        self._promised = 0  # bytes of all begun messages, by their own word

    def feed(self, received: bytes) -> list[Message]:
        """Return the messages that these bytes complete.

        Raises:
            MalformedRtmp: a chunk that cannot be, or more promised than `max_bytes`.

        """
        ready: list[Message] = []
        self._buffer += received
        while (stream := self._open or self._next()) is not None:
            payload = self._body(stream)
            if payload is not None:
                message = Message(stream.kind, stream.timestamp, stream.stream_id, payload)
                if stream.kind not in _OBEYED:
                    ready.append(message)
                else:
                    self._obey(message)
            elif self._open is not None:
                break
        self._buffer = self._buffer[self._at :]
        self._at = 0
        return ready

    def _next(self) -> _ChunkStream | None:
        """Read a chunk's header; None, with nothing taken, while it is not all here."""
        at = self._at
        if at == len(self._buffer):
            return None
        first = self._buffer[at]
        form, number, at = first >> 6, first & 63, at + 1
        if number in _LONGER_IDS:
            body = at + _LONGER_IDS[number]
            if body > len(self._buffer):
                return None
            number, at = 64 + int.from_bytes(self._buffer[at:body], "little"), body
        stream = self._streams.get(number) or self._first_of(number, form)
        at = self._repeated(at, stream) if form == _BARE else self._header(at, form, stream)
        if not at:
            return None
        self._open, self._at = stream, at
        self._due = min(self._chunk_bytes, stream.left)
        return stream

    def _first_of(self, number: int, form: int) -> _ChunkStream:
        if form not in _LONG_FORMS:
            raise MalformedRtmp(why="a chunk refers to a header that never came")
        if len(self._streams) >= MAX_CHUNK_STREAMS:
            raise MalformedRtmp(why="too many chunk streams")
        return self._streams.setdefault(number, _ChunkStream())

    def _header(self, at: int, form: int, stream: _ChunkStream) -> int:
        """Begin a message; answer where its body begins, or 0 while the header is not all here.

        The shorter forms leave out what the chunk stream's last header said.
        """
        if stream.left:
            raise MalformedRtmp(why="a message begins inside another one")
        buffer, body = self._buffer, at + _HEADER_BYTES[form]
        moment = int.from_bytes(buffer[at : at + 3])
        extended = moment == _EXTENDED
        if extended:
            moment, body = int.from_bytes(buffer[body : body + 4]), body + 4
        if body > len(buffer):
            return 0
        if form in _LONG_FORMS:
            length_and_kind = int.from_bytes(buffer[at + 3 : at + 7])
            stream.length, stream.kind = length_and_kind >> 8, length_and_kind & 0xFF
        if form == 0:  # a bare header after it repeats its absolute time as the delta (§5.3.1.2.4)
            stream.stream_id = int.from_bytes(buffer[at + 7 : at + 11], "little")
            stream.timestamp = 0
        stream.delta, stream.extended = moment, extended
        self._begin(stream)
        return body

    def _repeated(self, at: int, stream: _ChunkStream) -> int:
        if stream.extended:
            at += 4  # the extended timestamp stands in every chunk of its message
            if at > len(self._buffer):
                return 0
        if not stream.left:
            self._begin(stream)
        return at

    def _begin(self, stream: _ChunkStream) -> None:
        """Refuse by the header: the bytes that it promises need not be waited for."""
        self._promised += stream.length
        if self._promised > self.max_bytes:
            raise MalformedRtmp(why="messages are larger than the limit")
        stream.timestamp = (stream.timestamp + stream.delta) & _WRAP
        stream.left = stream.length

    def _body(self, stream: _ChunkStream) -> bytes | None:
        """Take what is here of the open chunk; return the payload that it completes."""
        piece = self._buffer[self._at : self._at + self._due]
        size = len(piece)
        self._at += size
        self._due -= size
        stream.left -= size
        if not self._due:
            self._open = None
        if stream.left:
            stream.partial += piece
            return None
        self._promised -= stream.length
        if stream.partial:  # most messages are one piece
            stream.partial += piece
            piece, stream.partial = bytes(stream.partial), bytearray()
        return piece

    def _obey(self, message: Message) -> None:
        if len(message.payload) < _NUMBER_BYTES:
            raise MalformedRtmp(why="a control message is cut short")
        number = int.from_bytes(message.payload[:4])
        if message.kind == ABORT:
            self._abort(number)
        elif not 1 <= number <= MAX_CHUNK_BYTES:
            raise MalformedRtmp(why="a chunk size out of bounds")
        else:
            self._chunk_bytes = number

    def _abort(self, number: int) -> None:
        stream = self._streams.get(number)
        if stream is not None and stream.left:
            self._promised -= stream.length
            stream.left, stream.partial = 0, bytearray()


def pack(kind: int, payload: bytes, *, chunk_stream: int = 3, stream_id: int = 0) -> bytes:
    """Write one of our own messages as one chunk; it must fit into the peer's idea of a chunk.

    That is 128 bytes until we announced OUR_CHUNK_BYTES.
    """
    head = bytes([chunk_stream, 0, 0, 0]) + len(payload).to_bytes(3)
    return head + bytes([kind]) + stream_id.to_bytes(4, "little") + payload

"""AMF0, as far as RTMP commands speak it (Adobe's AMF 0 specification, December 2007)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from workers.ingest.errors import MalformedRtmp

MAX_DEPTH: Final = 8  # a hostile nest would otherwise end in a RecursionError

_END: Final = b"\x00\x00\x09"
_NULLS: Final = (0x05, 0x06, 0x0D)  # null, undefined, unsupported


def decode(payload: bytes) -> list[object]:
    """Read all values of a command: float, bool, str, None, dict or list.

    Raises:
        MalformedRtmp: cut short, nested too deep, or a type that commands do not use.

    """
    reader = _Reader(payload)
    values: list[object] = []
    try:
        while reader.at < len(payload):
            values.append(reader.value(0))
    except (struct.error, IndexError, UnicodeDecodeError) as broken:
        raise MalformedRtmp(why="AMF0 is cut short or garbled") from broken
    return values


def encode(*values: object) -> bytes:
    """Write str, bool, int, float, None and flat dicts of them."""
    return b"".join(_encoded(value) for value in values)


def _encoded(value: object) -> bytes:
    if value is None:
        return b"\x05"
    if isinstance(value, bool):
        return b"\x01" + bytes([value])
    if isinstance(value, int | float):
        return struct.pack(">Bd", 0, value)
    if isinstance(value, dict):
        pairs = (_short(str(name)) + _encoded(inner) for name, inner in value.items())
        return b"\x03" + b"".join(pairs) + _END
    return b"\x02" + _short(str(value))


def _short(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


class _Reader:
    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.at = 0
        self._compound: dict[int, Callable[[int], object]] = {
            0x03: self._object,
            0x08: self._map,
            0x0A: self._list,
        }

    def value(self, depth: int) -> object:
        if depth > MAX_DEPTH:
            raise MalformedRtmp(why="AMF0 is nested too deep")
        marker = self._unpack(">B", 1)
        if marker in _NULLS:
            return None
        if marker in self._compound:
            return self._compound[marker](depth)
        return self._scalar(marker)

    def _scalar(self, marker: int) -> object:
        match marker:
            case 0x00:
                return self._unpack(">d", 8)
            case 0x01:
                return self._unpack(">B", 1) != 0
            case 0x02:
                return self._text(self._unpack(">H", 2))
            case 0x0C:
                return self._text(self._unpack(">L", 4))
            case 0x0B:
                return self._date()
            case _:
                raise MalformedRtmp(why="an AMF0 type that commands do not use")

    def _date(self) -> float:
        moment = self._unpack(">d", 8)
        self._unpack(">h", 2)  # a time zone that the specification leaves unused
        return moment

    def _object(self, depth: int) -> dict[str, object]:
        pairs: dict[str, object] = {}
        while self.payload[self.at : self.at + 3] != _END:
            name = self._text(self._unpack(">H", 2))
            pairs[name] = self.value(depth + 1)
        self.at += 3
        return pairs

    def _map(self, depth: int) -> dict[str, object]:
        self._unpack(">L", 4)  # a count that encoders get wrong; the end marker is what counts
        return self._object(depth)

    def _list(self, depth: int) -> list[object]:
        count = self._unpack(">L", 4)
        if count > len(self.payload) - self.at:
            raise MalformedRtmp(why="an AMF0 array longer than its message")
        return [self.value(depth + 1) for _ in range(count)]

    def _text(self, length: int) -> str:
        raw = self.payload[self.at : self.at + length]
        if len(raw) < length:
            raise MalformedRtmp(why="AMF0 is cut short or garbled")
        self.at += length
        return raw.decode()

    def _unpack(self, shape: str, size: int) -> int:
        (number,) = struct.unpack_from(shape, self.payload, self.at)
        self.at += size
        return number  # type: ignore[no-any-return]

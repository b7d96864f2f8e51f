"""How long an MP4 file says it is; just enough of ISO/IEC 14496-12 to read `moov/mvhd`."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

UNKNOWN = "P0D"


def iso_duration(path: Path) -> str:
    """The length as ISO 8601, e.g. "PT1M3S"; "P0D" for what is no such file, as YouTube has it."""
    with path.open("rb") as stream:
        end = path.stat().st_size
        moov = _find(stream, b"moov", 0, end)
        mvhd = _find(stream, b"mvhd", *moov) if moov else None
        if mvhd is None:
            return UNKNOWN
        stream.seek(mvhd[0])
        head = stream.read(32)
    shape, at = (">IQ", 20) if head[:1] == b"\x01" else (">II", 12)
    if len(head) < at + struct.calcsize(shape):
        return UNKNOWN
    scale, length = struct.unpack_from(shape, head, at)
    return _words(length // scale) if scale else UNKNOWN


def _find(stream: BinaryIO, kind: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Where the content of the first box of a kind begins and ends."""
    while start + 8 <= end:
        stream.seek(start)
        size, name = struct.unpack(">I4s", stream.read(8))
        content = start + 8
        if size == 1:
            size = struct.unpack(">Q", stream.read(8).ljust(8, b"\0"))[0]
            content += 8
        if size == 0:
            size = end - start
        if size < content - start:
            return None
        if name == kind:
            return content, min(start + size, end)
        start += size
    return None


def _words(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    named = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + ("".join(f"{count}{unit}" for count, unit in named if count) or "0S")

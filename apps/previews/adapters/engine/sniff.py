"""What a file is by its own bytes: a demuxer is named, never guessed by libav.

Left to guess, libav would take a playlist named `.mp4` for a playlist, and read what it points
to (files of this machine, hosts of this network).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from apps.previews.errors import NotAVideo, Truncated

# ISO/IEC 14496-12 §4.2 and QuickTime: what a file of boxes may begin with.
_FIRST_BOXES: Final = frozenset(
    {b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"pnot", b"sidx"}
)
_EBML: Final = b"\x1a\x45\xdf\xa3"
_TS_PACKET: Final = 188
_TS_SYNC: Final = 0x47
_MAX_BOXES: Final = 500_000


def demuxer_of(path: Path) -> str:
    """Return libav's name of the one demuxer that may read this file.

    Raises:
        NotAVideo: the bytes are of no container in the list.
        Truncated: a file of boxes whose index, or whose media, is not all there.

    """
    with path.open("rb") as file:
        head = file.read(3 * _TS_PACKET)
        if head[4:8] in _FIRST_BOXES:
            _check_boxes(file)
            return "mov"
    if head.startswith(_EBML):
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if len(head) == 3 * _TS_PACKET and set(head[::_TS_PACKET]) == {_TS_SYNC}:
        return "mpegts"
    raise NotAVideo(detail="it is empty" if not head else "it begins like no container we take")


def _check_boxes(file: BinaryIO) -> None:
    size = os.fstat(file.fileno()).st_size
    seen: set[bytes] = set()
    for kind, end in _top_boxes(file, size):
        # A fragmented file is written so that it may lose its tail; any other may not.
        if end > size and b"moof" not in seen:
            raise Truncated(detail=f"{end - size} bytes of {kind.decode('latin-1')!r} are missing")
        seen.add(kind)
    if b"moov" not in seen:
        if seen & {b"mdat", b"moof"}:
            raise Truncated(detail="its index was never written")
        raise NotAVideo(detail="it has neither index nor media")


def _top_boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Yield the kind of each top box and where it says it ends (ISO/IEC 14496-12 §4.2)."""
    at = 0
    for _ in range(_MAX_BOXES):
        file.seek(at)
        header = file.read(16)
        if len(header) < 8:  # noqa: PLR2004 (size and kind, four bytes each)
            return
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        end = at + length if length else size
        if end < at + 8:
            raise NotAVideo(detail="its boxes make no sense")
        yield kind, end
        at = end

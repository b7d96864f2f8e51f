"""What a file is by its own bytes: a demuxer is named, never guessed by libav.

Left to guess, libav would take a playlist named `.mp4` for a playlist, and read what it points
to (files of this machine, hosts of this network).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from apps.previews.adapters.engine.reading import Reader
from apps.previews.errors import NotAVideo, Truncated

# ISO/IEC 14496-12 §4.2 and QuickTime: what a file of boxes may begin with.
_FIRST_BOXES: Final = frozenset(
    {b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"pnot", b"sidx"}
)
_EBML: Final = b"\x1a\x45\xdf\xa3"
_TS_PACKET: Final = 188
_TS_SYNC: Final = 0x47
_MAX_BOXES: Final = 500_000


@dataclass(frozen=True, slots=True)
class Container:
    """libav's name of the one demuxer that may read a file, and whether the file's end is cut."""

    demuxer: str
    is_cut: bool = False


def container_of(file: Reader) -> Container:
    """Tell what a file is by its first bytes, and of a file of boxes by all their headers.

    Raises:
        NotAVideo: the bytes are of no container in the list.
        Truncated: a file of boxes whose index is not all there.

    """
    file.seek(0)
    head = file.read(3 * _TS_PACKET)
    if head[4:8] in _FIRST_BOXES:
        return Container("mov", is_cut=_is_cut(file))
    if head.startswith(_EBML):
        return Container("matroska")
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return Container("avi")
    if len(head) == 3 * _TS_PACKET and set(head[::_TS_PACKET]) == {_TS_SYNC}:
        return Container("mpegts")
    raise NotAVideo(detail="it is empty" if not head else "it begins like no container we take")


def _is_cut(file: Reader) -> bool:
    """Tell whether a box ends beyond the file; without its index nothing can be saved of it."""
    seen: set[bytes] = set()
    missing = 0
    for kind, end in _top_boxes(file):
        missing = max(missing, end - file.size)
        if missing and kind == b"moov":
            raise Truncated(detail=f"{missing} bytes of its index are missing")
        seen.add(kind)
    if b"moov" not in seen:
        if seen & {b"mdat", b"moof"}:
            raise Truncated(detail="its index was never written")
        raise NotAVideo(detail="it has neither index nor media")
    return missing > 0


def _top_boxes(file: Reader) -> Iterator[tuple[bytes, int]]:
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
        end = at + length if length else file.size
        if end < at + 8:
            raise NotAVideo(detail="its boxes make no sense")
        yield kind, end
        at = end

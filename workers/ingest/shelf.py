"""Which files of a broadcast still count, and the removal of those that do not.

Segments are removed, recorded parts never: those belong to the recordings' ledger.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LINGER_S: Final = 60.0  # how long a file outlives its place in the lists (RFC 8216 §6.2.2)

_LISTS: Final = re.compile(r"(index|source|dvr|r\d)\.m3u8")  # ours; ffmpeg's name a session
_OURS: Final = re.compile(r"[\w-]+\.(m3u8|tmp|m4s)|init_[\w-]+\.mp4")
_NAMES: Final = re.compile(r'^#EXT-X-MAP:URI="([^"]+)"|^([^#\s]+)$', re.MULTILINE)
_MEDIA: Final = re.compile(r"[\w-]+_\d+\.m4s|init_[\w-]+\.mp4")


def remove_unlisted(folder: Path, *, linger_s: float = LINGER_S) -> int:
    """Delete segments and init segments that no list names and nobody wrote to lately.

    Return how many.
    """
    listed = set(_listed(folder))
    until = time.time() - linger_s
    gone = [
        path for path, written in _media(folder) if path.name not in listed and written < until
    ]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def abandoned(root: Path, *, quiet_s: float) -> list[Path]:
    """Return the folders of broadcasts in which nothing was made for so long."""
    until = time.time() - quiet_s
    with os.scandir(root) as found:
        return [
            Path(each.path) for each in found if each.is_dir() and each.stat().st_mtime < until
        ]


def clear(folder: Path) -> None:
    """Delete everything of a broadcast but its recorded parts, and the folder if it had none.

    Only files named as ours are touched: the folder's parent may hold what is not ours. Safe to
    repeat.
    """
    ours = [path for path in folder.iterdir() if _OURS.fullmatch(path.name)]
    if not ours:
        return
    for path in ours:
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # parts are in it
        if (folder / "parts").exists():
            (folder / "parts").rmdir()
        folder.rmdir()


def _listed(folder: Path) -> Iterator[str]:
    for path in _lists(folder):
        for init, segment in _NAMES.findall(path.read_text("utf-8")):
            yield init or segment


def _lists(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*.m3u8") if _LISTS.fullmatch(path.name))


def _media(folder: Path) -> Iterator[tuple[Path, float]]:
    with os.scandir(folder) as found:
        for entry in found:
            if _MEDIA.fullmatch(entry.name):
                yield Path(entry.path), entry.stat().st_mtime

"""What edits video, and where recordings are kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from apps.streams.contracts import (
    Piece,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """What a media file is; spans in seconds, sizes in bytes and pixels as they are shown.

    `undecodable` names the places (start, middle, end) where no picture comes out.
    """

    duration_s: float
    width: int
    height: int
    has_audio: bool
    size_bytes: int
    sha256: str
    undecodable: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A span to cut out, in seconds; `is_exact` encodes it anew, else it begins on a key frame."""

    start_s: float
    end_s: float
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """A join that is done, and the parts it had to leave out as nothing in them can be read."""

    unreadable: tuple[Path, ...] = ()


IsWanted = Callable[[], bool]


class Editor(Protocol):
    """Works on video, on this machine and slowly. Every method is safe to repeat."""

    def join(self, parts: list[Path], target: Path) -> Joined | None:
        """Write one progressive MP4 of parts that follow each other; None: call again.

        Packets are copied where the parts are of one kind. Else all are encoded anew, which may
        take several calls; what one got done lies beside `target`, in `conformed`.

        Raises:
            BadRecording: nothing in the parts can be read as video.
            NoRoom: the disk is full.
            EditorDown: it failed for another reason.

        """

    def inspect(self, path: Path) -> Probe:
        """Look at a file, in a process of its own: what it is, and where it cannot be decoded.

        Raises:
            BadRecording: it cannot be read as video.
            EditorDown: looking failed for a reason that is not the file's.

        """

    def encode(self, source: Path, into: Path, piece: Piece, is_wanted: IsWanted) -> None:
        """Encode a span into every rung of it, as HLS files named after rung and piece.

        `{rung}_{number}.m3u8` lists what belongs to a rung; the sound's is `sound_{number}.m3u8`.

        Raises:
            BadRecording: the encoder refuses the source.
            NoRoom, EditorDown: see join; EditorDown also where `is_wanted` said no.

        """

    def cut(self, source: Path, target: Path, cut: Cut) -> None:
        """Write a span of a file as a progressive MP4.

        Raises:
            BadRecording, NoRoom, EditorDown: see join.

        """


class Vault(Protocol):
    """Keeps files under names: a folder, an NFS mount or a bucket. Safe to repeat."""

    def put(self, source: Path, name: str, *, content_type: str, sha256: str = "") -> None:
        """Keep a file; under its name there is the whole of it or what was there before.

        Raises:
            NoRoom: there is no room for it.
            VaultDown: the storage failed; nothing is half there.

        """

    def has(self, name: str, *, size_bytes: int, sha256: str) -> bool:
        """Say whether exactly this is kept: a folder reads all of it again.

        Raises:
            VaultDown: the storage does not answer.

        """

    def opened(self, name: str, scratch: Path) -> AbstractContextManager[Path]:
        """Give a local file to read: the kept one, or a copy in `scratch`.

        Raises:
            VaultDown: the storage does not answer, or has no such file.
            NoRoom: there is no room for the copy.

        """

    def read(self, name: str) -> bytes:
        """Return the whole of a small file.

        Raises:
            VaultDown: the storage does not answer, or has no such file.

        """

    def remove(self, name: str) -> int:
        """Delete a file, or a folder with all in it; return how many files that were.

        Raises:
            VaultDown: the storage does not answer.

        """

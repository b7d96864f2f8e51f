"""Bytes of a source for libav: from a file, or over HTTP by ranges; nothing else can be opened."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import BinaryIO, Final, Protocol
from urllib.parse import urlsplit

from typing_extensions import override

from apps.previews.adapters.engine.job import Limits
from apps.previews.errors import MakerDown, TooLarge
from apps.previews.ports import Footage, Ranged

BLOCK: Final = 64 * 1024
_KEPT_BLOCKS: Final = 64
_MOST_AHEAD: Final = 16  # blocks, 1 MiB, once somebody reads on and on
_TRIES: Final = 3
_OK: Final = 200
_PARTIAL_CONTENT: Final = 206


class Reader(Protocol):
    """A file to read and seek, that counts; `expect` says which bytes are wanted next."""

    size: int
    bytes_read: int

    def read(self, length: int = -1) -> bytes: ...
    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int: ...
    def tell(self) -> int: ...
    def expect(self, first: int, length: int) -> None: ...
    def close(self) -> None: ...


def open_footage(source: Footage, limits: Limits) -> Reader:
    """Open a source; of one on the network not a byte is read yet."""
    if isinstance(source, Ranged):
        # Whoever waited for half of its time did not fail over what the file is like.
        return RangeReader(source, budget_bytes=limits.source_bytes, patience_s=limits.wall_s / 2)
    return FileReader(source.open("rb", buffering=0))


@dataclass(slots=True)
class FileReader(Reader):
    file: BinaryIO
    size: int = 0
    bytes_read: int = 0

    def __post_init__(self) -> None:
        self.size = os.fstat(self.file.fileno()).st_size

    @override
    def read(self, length: int = -1) -> bytes:
        content = self.file.read(length)
        self.bytes_read += len(content)
        return content

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    @override
    def tell(self) -> int:
        return self.file.tell()

    @override
    def expect(self, first: int, length: int) -> None:
        """Do nothing: the kernel reads ahead better."""

    @override
    def close(self) -> None:
        self.file.close()


@dataclass(slots=True)
class RangeReader(Reader):
    """One HTTP resource by ranges, in blocks, of which the newest are kept.

    It follows no redirect, sends no credential but those in the address, and takes nothing but
    exactly the bytes it asked for (RFC 9110 §14). What is expected comes in one request; what
    is read one block after the other comes in ever longer ones.
    """

    source: Ranged
    budget_bytes: int
    patience_s: float  # in which its storage may answer, all answers together
    timeout_s: float = 10.0
    size: int = 0
    bytes_read: int = 0
    requests: int = 0
    waited_s: float = 0.0
    _at: int = 0
    _expected_end: int = 0
    _next_block: int = -1
    _ahead: int = 1
    _blocks: OrderedDict[int, bytes] = field(default_factory=OrderedDict)
    _connection: HTTPConnection | None = None

    def __post_init__(self) -> None:
        self.size = self.source.size_bytes
        if urlsplit(self.source.url).scheme not in {"http", "https"}:
            raise MakerDown(detail="its address is not of HTTP")

    @override
    def read(self, length: int = -1) -> bytes:
        end = self.size if length < 0 else min(self.size, self._at + length)
        parts = []
        while self._at < end:
            number, offset = divmod(self._at, BLOCK)
            part = self._block(number)[offset : offset + end - self._at]
            parts.append(part)
            self._at += len(part)
        return b"".join(parts)

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        since = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, since + offset)
        return self._at

    @override
    def tell(self) -> int:
        return self._at

    @override
    def expect(self, first: int, length: int) -> None:
        self._expected_end = first + length

    @override
    def close(self) -> None:
        if self._connection:
            self._connection.close()

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            self._fetch(number, self._run(number))
        self._blocks.move_to_end(number)
        return self._blocks[number]

    def _run(self, number: int) -> int:
        """Return how many blocks to ask for at once, this one included."""
        expected = -(-self._expected_end // BLOCK) - number
        if 0 < expected <= _KEPT_BLOCKS // 2:
            return expected
        self._ahead = min(2 * self._ahead, _MOST_AHEAD) if number == self._next_block else 1
        return self._ahead

    def _fetch(self, number: int, blocks: int) -> None:
        first, end = number * BLOCK, min(self.size, (number + blocks) * BLOCK)
        if self.bytes_read + end - first > self.budget_bytes:
            raise TooLarge(detail=f"more than {self.budget_bytes} bytes of it would be read")
        if self.waited_s > self.patience_s:
            raise MakerDown(detail=f"its storage took {self.waited_s:.0f} s to answer")
        began = time.monotonic()
        content = self._get(first, end - 1)
        self.waited_s += time.monotonic() - began
        self.bytes_read += len(content)
        for at in range(0, len(content), BLOCK):
            self._blocks[number + at // BLOCK] = content[at : at + BLOCK]
        while len(self._blocks) > _KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        self._next_block = number + blocks

    def _get(self, first: int, last: int) -> bytes:
        """Ask once more where the line broke: a kept connection may have been closed meanwhile."""
        for attempt in range(1, _TRIES + 1):
            try:
                return self._ask(first, last)
            except (OSError, HTTPException) as failure:
                self.close()
                self._connection = None
                if attempt == _TRIES:
                    raise MakerDown(detail=f"its storage broke off ({failure!r})") from failure
        raise AssertionError("unreachable")

    def _ask(self, first: int, last: int) -> bytes:
        connection = self._connection = self._connection or self._connect()
        where = urlsplit(self.source.url)
        target = f"{where.path or '/'}?{where.query}" if where.query else where.path or "/"
        wanted = {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
        connection.request("GET", target, headers=wanted)
        self.requests += 1
        response = connection.getresponse()
        # Some storages send the range under 200: what it is, Content-Range says.
        if response.status not in {_OK, _PARTIAL_CONTENT}:
            raise MakerDown(detail=f"its storage answered {response.status}")
        told = response.getheader("Content-Range", "")
        if told != f"bytes {first}-{last}/{self.size}":
            raise MakerDown(detail=f"its storage sent {told!r:.100}, it is another file by now")
        content = response.read(last - first + 1)
        if len(content) != last - first + 1 or response.read(1):
            raise HTTPException("not the bytes it promised")
        return content

    def _connect(self) -> HTTPConnection:
        where = urlsplit(self.source.url)
        kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
        return kind(where.hostname or "", where.port, timeout=self.timeout_s)

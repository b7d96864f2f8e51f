"""What a stand-in was asked, what it meant and what became of it, in order, in bounded memory."""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Iterator, MutableMapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_ENTRIES = 50_000
MAX_BYTES = 16 * 2**20  # compressed
BLOCK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What one call was about. Subclasses name the provider's terms; all values are JSON."""

    kind: ClassVar[str] = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push(Meaning):
    """A notification for one device (or topic). `device` is the address as it was sent."""

    kind: ClassVar[str] = "push"
    device: str
    message_id: str | None = None
    topic: str | None = None
    collapse_id: str | None = None
    priority: str | None = None
    push_type: str | None = None
    expiration: str | None = None
    payload: object = None
    validate_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Meaning):
    """A person was sent to the consent page, or decided there (`allow`, `deny`)."""

    kind: ClassVar[str] = "consent"
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...] = ()
    decision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Meaning):
    """A token was asked for, looked up or revoked. Holds no secret."""

    kind: ClassVar[str] = "token"
    grant_type: str
    account: str | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(Meaning):
    """One step of a resumable upload; `offset` is how far the server holds the file, in bytes.

    `step` is `start`, `chunk` or `query`. The call that brought the last byte carries
    `video_id`, `size` and `sha256`.
    """

    kind: ClassVar[str] = "upload"
    step: str
    session: str | None = None
    content_range: str | None = None
    offset: int = 0
    title: str | None = None
    privacy: str | None = None
    video_id: str | None = None
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Meaning):
    """A resource was read."""

    kind: ClassVar[str] = "read"
    resource: str
    parts: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Control(Meaning):
    """A media engine was asked or told something: `action` is a verb, the rest its object."""

    kind: ClassVar[str] = "engine"
    action: str
    app: str | None = None
    stream: str | None = None
    body: object = None


@dataclass(slots=True)
class Ledger:
    """At least the last 50,000 calls, unless they outgrow 16 MiB.

    Kept as JSON in compressed blocks: 50,000 pushes as objects would weigh 150 MB.
    """

    max_entries: int = MAX_ENTRIES
    max_bytes: int = MAX_BYTES
    dropped: int = 0
    _sealed: deque[tuple[int, bytes]] = field(default_factory=deque)
    _open: list[bytes] = field(default_factory=list)
    _count: int = 0
    _bytes: int = 0
    _seq: int = 0

    def add(self, entry: MutableMapping[str, Any]) -> None:
        """Number an entry and keep it; the oldest block leaves when there is no room."""
        self._seq += 1
        self._count += 1
        self._open.append(json.dumps({"seq": self._seq, **entry}, ensure_ascii=False).encode())
        if len(self._open) == BLOCK:
            packed = zlib.compress(b"\n".join(self._open), level=1)
            self._sealed.append((BLOCK, packed))
            self._bytes += len(packed)
            self._open = []
            while self._sealed and self._is_full():
                count, packed = self._sealed.popleft()
                self._count -= count
                self._bytes -= len(packed)
                self.dropped += count

    def _is_full(self) -> bool:
        return self._count - BLOCK >= self.max_entries or self._bytes > self.max_bytes

    def clear(self) -> None:
        """Forget everything; numbers go on, so a reader that remembers one stays right."""
        self._sealed.clear()
        self._open = []
        self._count = self._bytes = self.dropped = 0

    def lines(self, *, after: int = 0) -> Iterator[bytes]:
        """Entries as JSON documents, oldest first, those with `seq` above `after`.

        What is added while the caller reads is not in it.
        """
        sealed, loose = tuple(self._sealed), tuple(self._open)
        seq = self._seq - self._count
        for count, packed in sealed:
            if seq + count > after:
                yield from zlib.decompress(packed).split(b"\n")[max(after - seq, 0) :]
            seq += count
        yield from loose[max(after - seq, 0) :]


def note(scope: Scope, meaning: Meaning) -> None:
    """Say what a call means; the last word before the answer is the one kept."""
    scope["sandbox.meaning"] = meaning


class Recorder:
    """ASGI middleware: one ledger entry per call, written before its answer leaves.

    Before, not after: whoever has the answer finds the entry in the ledger.
    """

    def __init__(self, app: ASGIApp, ledger: Ledger) -> None:
        self.app = app
        self.ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        written = False

        async def recording(message: Message) -> None:
            nonlocal written
            if message["type"] == "http.response.start":
                self.ledger.add(entry(scope, message["status"]))
                written = True
            await send(message)

        try:
            await self.app(scope, receive, recording)
        finally:
            if not written:
                self.ledger.add(entry(scope, None))


def entry(scope: Scope, status: int | None) -> dict[str, Any]:
    """The wire form of one call.

    `status` is what the caller saw (None: nothing). `accepted` says whether the stand-in did
    what it was asked, whatever happened to the answer; so a push whose answer was lost counts.
    """
    meaning = scope.get("sandbox.meaning", Meaning())
    fault = scope.get("sandbox.fault")
    decided = scope.get("sandbox.decided", None if fault else status)
    return {
        "at": datetime.now(UTC).isoformat(),
        "method": scope["method"],
        "path": scope["path"],
        "http": scope["http_version"],
        "kind": meaning.kind,
        "status": status,
        "accepted": decided is not None and decided < 400,  # noqa: PLR2004 - HTTP's own line
        "reason": scope.get("sandbox.reason"),
        "fault": fault,
        **asdict(meaning),
    }

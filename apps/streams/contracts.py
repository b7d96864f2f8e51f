"""What other contexts may hold of a broadcast. Frozen, and free of frameworks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastSummary:
    """state is scheduled, ready, live, interrupted, ended, cancelled, failed or removed."""

    id: str
    creator_id: str
    title: str
    state: str
    visibility: str
    created_at: datetime
    starts_at: datetime | None = None
    live_at: datetime | None = None
    ended_at: datetime | None = None
    epoch: int = 0

    @property
    def is_live(self) -> bool:
        """Whether viewers see it on air; a reconnect window counts."""
        return self.state in {"live", "interrupted"}


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastDraft:
    """What a creator wants of a broadcast; without `starts_at` it may start at once."""

    title: str
    visibility: str = "public"
    record: bool = True
    starts_at: datetime | None = None
    reconnect_window_s: int = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class NewBroadcast:
    """A broadcast with what its encoder needs; the key is told this once."""

    broadcast: BroadcastSummary
    ingest_url: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingSummary:
    """state is expected, found, verified, stored or failed; sizes in bytes, spans in seconds."""

    id: str
    broadcast_id: str
    creator_id: str
    title: str
    visibility: str
    state: str
    created_at: datetime
    storage_name: str = ""
    content_type: str = "video/mp4"
    duration_s: float = 0.0
    size_bytes: int = 0
    width: int = 0
    height: int = 0
    sha256: str = ""
    stored_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveSegments:
    """Files of the newest HLS segments of a running broadcast: init first, then media."""

    init: str
    segments: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Playback:
    """A signed HLS address; it stops working at `expires_at`."""

    url: str
    expires_at: datetime
    is_live: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestGrant:
    """The engine may take this session's video; later calls carry the epoch."""

    broadcast_id: str
    epoch: int


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadDraft:
    """What a phone is about to send; `sha256` (hex), where given, is of the whole file."""

    length_bytes: int
    filename: str = ""
    title: str = ""
    visibility: str = "public"
    sha256: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadSummary:
    """state is uploading, checking, stored, failed, cancelled or expired; progress in percent.

    `code` and `error` say why it failed; `recording_id` is what it became.
    """

    id: str
    creator_id: str
    filename: str
    title: str
    visibility: str
    state: str
    created_at: datetime
    expires_at: datetime
    length_bytes: int
    received_bytes: int
    progress: int
    sha256: str = ""
    recording_id: str = ""
    code: str = ""
    error: str = ""

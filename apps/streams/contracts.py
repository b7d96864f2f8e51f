"""What other contexts may hold of a broadcast. Frozen, and free of frameworks."""

from __future__ import annotations

from dataclasses import dataclass, field
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
class EncoderHealth:
    """How an encoder's video comes in; 0 where the engine does not tell. Rates a second."""

    bitrate_bps: int = 0
    frames_per_s: float = 0.0
    key_frame_interval_s: float = 0.0
    width: int = 0
    height: int = 0
    uptime_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetState:
    """One simulcast target: `waiting`, `active` or `failed`, with the engine's word for it."""

    target_id: str
    state: str
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineFinding:
    """One item of a check: `ok`, `warn` or `fail`, what was found and what mends it."""

    item: str
    level: str
    found: str
    mend: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineLook:
    """The last look at the engine; `seen_at` is when it answered last, `error` why not now."""

    seen_at: datetime | None
    tried_at: datetime
    sessions: int = 0
    cut: int = 0
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSessionSummary:
    """A connection the engine lists, without its key; `broadcast_id` is empty for a stranger."""

    session_id: str
    broadcast_id: str
    started_at: datetime | None
    received_bytes: int
    is_recorded: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSession:
    """One encoder's connection, as the engine lists it.

    `name` is the stream key an encoder published under, empty where the engine let it in by a hook
    and knows `broadcast_id` and `epoch` instead. `session_id` tells two connections apart and
    holds nothing secret. `received_bytes` is -1 where the engine does not count.
    """

    session_id: str
    name: str = field(default="", repr=False)
    broadcast_id: str = ""
    epoch: int = 0
    started_at: datetime | None = None
    received_bytes: int = -1
    is_recorded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetDraft:
    """A service to send a broadcast on to; the key is the service's and secret."""

    label: str
    url: str
    key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetSummary:
    """A simulcast target: `waiting`, `active` or `failed`, with the engine's word for it."""

    id: str
    broadcast_id: str
    label: str
    url: str
    state: str
    created_at: datetime
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LentIngest:
    """An ingest of a broadcast's own, with the login inside the address."""

    url: str = field(repr=False)
    key: str = field(repr=False)

"""What other contexts may hold of a broadcast. Frozen, and free of frameworks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.streams.contracts.engines import EngineFinding as EngineFinding
from apps.streams.contracts.engines import EngineLook as EngineLook
from apps.streams.contracts.engines import EngineSession as EngineSession
from apps.streams.contracts.engines import EngineSessionSummary as EngineSessionSummary
from apps.streams.contracts.engines import LentIngest as LentIngest
from apps.streams.contracts.engines import TargetDraft as TargetDraft
from apps.streams.contracts.engines import TargetState as TargetState
from apps.streams.contracts.engines import TargetSummary as TargetSummary
from apps.streams.contracts.recordings import ClipDraft as ClipDraft
from apps.streams.contracts.recordings import ClipSummary as ClipSummary
from apps.streams.contracts.recordings import DueWork as DueWork
from apps.streams.contracts.recordings import Piece as Piece
from apps.streams.contracts.recordings import RecordingSummary as RecordingSummary
from apps.streams.contracts.recordings import Rung as Rung
from apps.streams.contracts.recordings import SegmentSummary as SegmentSummary
from apps.streams.contracts.uploads import UploadDraft as UploadDraft
from apps.streams.contracts.uploads import UploadSummary as UploadSummary
from apps.streams.contracts.watching import Analytics as Analytics
from apps.streams.contracts.watching import Beat as Beat
from apps.streams.contracts.watching import CreatorAnalytics as CreatorAnalytics
from apps.streams.contracts.watching import CreatorDay as CreatorDay
from apps.streams.contracts.watching import HealthPoint as HealthPoint
from apps.streams.contracts.watching import IngestHealth as IngestHealth
from apps.streams.contracts.watching import PlayerErrors as PlayerErrors
from apps.streams.contracts.watching import Presence as Presence
from apps.streams.contracts.watching import Quality as Quality
from apps.streams.contracts.watching import RetentionPoint as RetentionPoint
from apps.streams.contracts.watching import WatchPoint as WatchPoint
from apps.streams.contracts.watching import WatchSpan as WatchSpan


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
    record: bool = True
    reconnect_window_s: int = 60
    reconnect_until: datetime | None = None
    ends_by: datetime | None = None
    end_reason: str = ""
    viewers: int = 0

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
class BroadcastChanges:
    """What a creator changes of a broadcast; None leaves it as it is."""

    title: str | None = None
    visibility: str | None = None
    record: bool | None = None
    reconnect_window_s: int | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewBroadcast:
    """A broadcast with what its encoder needs; the key is told this once."""

    broadcast: BroadcastSummary
    ingest_url: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveSegments:
    """Files of the newest HLS segments of a running broadcast: init first, then media."""

    init: str
    segments: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class DvrSegment:
    """One HLS segment that can still be played; `init` is the file it needs first.

    `begins_s` counts from the beginning of the DVR playlist as it is now.
    """

    init: str
    file: str
    begins_s: float
    duration_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Playback:
    """A signed HLS address; it stops working at `expires_at`."""

    url: str
    expires_at: datetime
    is_live: bool
    hls_url: str = ""  # of what was recorded, once its renditions are there
    dvr_url: str = ""  # everything since the first picture, while on air


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestGrant:
    """The engine may take this session's video; later calls carry the epoch.

    `took_over`: another session was on air until now.
    """

    broadcast_id: str
    epoch: int
    took_over: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelSettings:
    """What a creator wants of every broadcast. Spans in seconds; None follows the operator."""

    title_template: str
    visibility: str
    record: bool
    reconnect_window_s: int
    debounce_s: int | None
    cooldown_s: int | None
    max_duration_s: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelSummary:
    """A channel's settings, the limits in force, and what it used of its month in the air."""

    id: str
    settings: ChannelSettings
    debounce_s: int
    cooldown_s: int
    max_duration_s: int
    monthly_minutes: int
    used_minutes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelRow:
    """What staff see of a channel. `monthly_minutes` is None where the operator's limit holds."""

    id: str
    monthly_minutes: int | None
    told_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeySummary:
    """A stream key without its secret. With an empty `broadcast_id` it opens the channel."""

    id: str
    creator_id: str
    label: str
    broadcast_id: str
    created_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """A key with its secret, which is told this once, and where to publish with it."""

    key: KeySummary
    secret: str
    ingest_url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastState:
    """What staff see of a broadcast beside its summary."""

    broadcast: BroadcastSummary
    session_id: str
    key_id: str
    lease_until: datetime | None
    announced_at: datetime | None
    stop_reason: str

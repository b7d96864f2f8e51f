"""Who watches, how it was watched, and how an encoder does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Beat:
    """A player's heartbeat: "still here", and what it measured since the one before.

    `watched_ms` is what was played of that time, None where the player does not say; whatever a
    player claims, no session is credited more than the time that passed.
    """

    session_id: str
    position_s: float | None = None
    watched_ms: int | None = None
    startup_ms: int | None = None
    rebuffer_ms: int = 0
    rebuffer_count: int = 0
    bitrate_bps: int = 0
    errors: tuple[str, ...] = ()
    is_leaving: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """The answer to a heartbeat; a seventh session or one in an outage is not counted."""

    viewers: int
    next_in_s: int
    is_counted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchSpan:
    """A span and its steps; what is left out is the whole life, in the finest steps kept."""

    since: datetime | None = None
    until: datetime | None = None
    resolution: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchPoint:
    """One step of a series. `average_viewers` is watch time over the length of the step."""

    at: datetime
    peak_viewers: int
    average_viewers: float
    views: int
    watch_time_s: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionPoint:
    """How much of the views played one part; a part played again counts again."""

    at_s: int
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PlayerErrors:
    """How often players met an error; `rate` is errors a view."""

    code: str
    count: int
    rate: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """How it played. `rebuffer_ratio` is waiting over waiting and watching, 0 to 1."""

    startup_p50_ms: int
    startup_p95_ms: int
    rebuffer_ratio: float
    rebuffers_per_hour: float
    average_bitrate_bps: int
    errors: list[PlayerErrors]


@dataclass(frozen=True, kw_only=True, slots=True)
class Analytics:
    """How a broadcast was watched from `since` to `until` (None where nobody ever did).

    `unique_viewers`, the spans of a view and `retention` are of its whole life: they cannot be
    cut by time.
    """

    broadcast_id: str
    resolution: str
    since: datetime | None
    until: datetime | None
    viewers: int
    peak_viewers: int
    unique_viewers: int
    views: int
    watch_time_s: int
    average_view_s: float
    view_p50_s: int
    view_p90_s: int
    series: list[WatchPoint]
    retention: list[RetentionPoint]
    quality: Quality


@dataclass(frozen=True, kw_only=True, slots=True)
class CreatorDay:
    """One day (UTC) of a creator; the peak is of the broadcast that had most viewers at once."""

    day: date
    broadcasts: int
    views: int
    watch_time_s: int
    peak_viewers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CreatorAnalytics:
    """A creator's days, each of them, and what they add up to."""

    since: date
    until: date
    broadcasts: int
    views: int
    watch_time_s: int
    peak_viewers: int
    days: list[CreatorDay]


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthPoint:
    """What the ingest measured of an encoder; 0 is unknown. Dropped are frames of the session."""

    at: datetime
    bitrate_bps: int = 0
    fps: float = 0.0
    keyframe_interval_s: float = 0.0
    width: int = 0
    height: int = 0
    dropped_frames: int = 0
    audio_bitrate_bps: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestHealth:
    """An encoder's last minutes, oldest first, and what its owner should look at, in words.

    state is unknown (nothing was told lately), good or poor.
    """

    broadcast_id: str
    state: str
    latest: HealthPoint | None
    series: list[HealthPoint]
    warnings: list[str]

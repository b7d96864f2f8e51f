"""What streams needs from outside, said in its own words.

A media engine is one thing behind several small ports; an adapter of one stands behind them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from apps.streams.contracts import (
    EncoderHealth,
    EngineFinding,
    EngineSession,
    HealthPoint,
    LiveSegments,
    TargetState,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """What a media file is; spans in seconds, sizes in bytes and pixels."""

    duration_s: float
    width: int
    height: int
    has_audio: bool
    size_bytes: int
    sha256: str


class MediaEngine(Protocol):
    """Takes video in. Every method is safe to repeat.

    Raises:
        EngineDown: no answer in time; the caller may retry.
        EngineRefused: a person must act.

    """

    def ingest_url(self) -> str:
        """Return where an encoder publishes; the stream key is the last part of the path."""

    def is_polled(self) -> bool:
        """Say whether sessions begin and end by what `list_sessions` says, or by hooks."""

    def list_sessions(self) -> list[EngineSession]:
        """Return every connection that publishes at the moment."""

    def disconnect(self, session_id: str) -> None:
        """Cut one connection; one that is gone already is no failure."""


class LiveOutput(Protocol):
    """Serves a running broadcast: from files of ours, or at an address of the engine's."""

    def find_segments(self, broadcast_id: str, *, newest: int) -> LiveSegments | None:
        """Return files of the newest segments, or None while there are none."""

    def find_live_file(self, broadcast_id: str, name: str) -> Path | None:
        """Return a playlist, init or segment file a player may have."""

    def publish(self, broadcast_id: str, session: EngineSession) -> None:
        """Show a session under the broadcast's own playback name. Safe to repeat."""

    def withdraw(self, broadcast_id: str) -> None:
        """Take the playback name away. Safe to repeat."""

    def find_address(self, broadcast_id: str, *, now: datetime, ttl_s: int) -> str | None:
        """Return a signed HLS address of the engine's, or None where we serve files."""


class Recorder(Protocol):
    """Writes what comes in to files we can read. Every method is safe to repeat."""

    def start(self, broadcast_id: str, session: EngineSession) -> None:
        """Record a session from now on."""

    def split(self, broadcast_id: str) -> None:
        """Close the part that is written and go on in a new one."""

    def stop(self, broadcast_id: str) -> None:
        """Close the last part."""

    def list_parts(self, broadcast_id: str) -> list[Path]:
        """Return the recorded parts in the order they were on air."""


class StreamTargets(Protocol):
    """Sends a session on to other services (simulcast). One's failure is no other's."""

    def add(self, broadcast_id: str, session: EngineSession, target: TargetAddress) -> None:
        """Send a session to a target; one that is there already gets the new source."""

    def remove(self, broadcast_id: str, target_id: str) -> None:
        """Send no more."""

    def list_states(self, broadcast_id: str) -> Sequence[TargetState]:
        """Return every target of a broadcast with how it does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetAddress:
    """Where a target takes RTMP; the key is the service's and secret."""

    id: str
    url: str
    key: str = field(repr=False)


class EngineStatistics(Protocol):
    """How well video comes in and how many watch."""

    def find_ingest(self, session_id: str) -> EncoderHealth | None:
        """Return the health of one connection, None where it is gone."""

    def count_viewers(self, broadcast_id: str) -> int | None:
        """Return how many watch through the engine, None where it does not serve."""


class EngineSetup(Protocol):
    """The engine as an operator sees it."""

    def ensure(self) -> list[str]:
        """Set up whatever of ours is missing or different; return what was changed."""

    def check(self, now: datetime) -> list[EngineFinding]:
        """Return what is right and wrong with it, item by item. Never raises for what it finds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PooledIngest:
    """A live stream a provider keeps for us: what one encoder is told."""

    id: str
    url: str
    key: str = field(repr=False)


class StreamPool(Protocol):
    """A provider that limits how many live streams are made: a few are kept and lent in turn."""

    def is_pooled(self) -> bool:
        """Say whether encoders need one of these; where not, any number may publish."""

    def create(self, name: str) -> PooledIngest:
        """Make one more, or return the one that has this name.

        Raises:
            PoolLimitReached: the provider makes no more for now.

        """

    def prepare(self, stream_id: str) -> bool:
        """Start it; return whether it takes video already. Call again until it does."""

    def renew(self, stream_id: str) -> PooledIngest | None:
        """Stop it and change its login, so that who had it is out; None while it still stops."""


class Joiner(Protocol):
    """Makes one file of the parts of a broadcast."""

    def join(self, parts: list[Path], target: Path) -> Probe:
        """Write one progressive MP4 without re-encoding, and say what it is.

        Raises:
            BadRecording: nothing in the parts can be read as video.

        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One sign of life of a viewer session; moments and spans in milliseconds, -1 is unsaid.

    `person` and `session` are disguised ids. Without `allowed_until` the verdict that is kept
    with the session must still hold. `live_since` is 0 for what is not on air.
    """

    broadcast_id: str
    person: str
    session: str
    at: int
    allowed_until: int = 0
    live_since: int = 0
    position: int = -1
    startup_bucket: int = -1
    watched: int = -1
    rebuffer: int = 0
    rebuffers: int = 0
    kbps: int = 0
    is_leaving: bool = False
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Who is here after a sign of life, and whether it counted or needs a verdict first."""

    viewers: int
    is_counted: bool = False
    needs_verdict: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Harvest:
    """What was counted of a broadcast since the last time, put aside under a growing number.

    `minutes` are counters by minute since 1970; `whole` counts what has no time.
    """

    broadcast_id: str
    number: int
    minutes: dict[int, dict[str, int]] = field(default_factory=dict)
    whole: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """How many different people, and the sketch (HyperLogLog) that knows it."""

    count: int
    sketch: bytes


class Audience(Protocol):
    """Who watches at the moment: sessions that end by themselves, never counted up and down."""

    def note(self, sign: Sign) -> Tally:
        """Count one sign of life.

        Raises:
            AudienceAway: the store does not answer.

        """

    def count(self, broadcast_ids: Sequence[str], *, at: int) -> list[int]:
        """Return the viewers of each broadcast at a moment.

        Raises:
            AudienceAway: the store does not answer.

        """

    def total(self, *, at: int) -> int:
        """Return the viewers of all broadcasts.

        Raises:
            AudienceAway: the store does not answer.

        """


class Harvests(Protocol):
    """What an audience counted, taken out so that nothing is lost or counted twice."""

    def take(self, *, limit: int) -> list[Harvest]:
        """Put counts aside and return them; what was not settled is returned again."""

    def settle(self, harvests: Sequence[Harvest]) -> None:
        """Forget what was written."""

    def unite(self, broadcast_id: str, sketch: bytes) -> People:
        """Return the people of a broadcast, those of an older sketch with them."""


class HealthBoard(Protocol):
    """What ingests measured of encoders in the last minutes; forgotten by itself."""

    def note(self, broadcast_id: str, point: HealthPoint, *, dropped: int) -> None:
        """Keep one measurement, and count it for its minute; `dropped` are frames since the last.

        Raises:
            AudienceAway: the store does not answer.

        """

    def read(self, broadcast_id: str, *, newest: int) -> list[HealthPoint]:
        """Return the last measurements, oldest first.

        Raises:
            AudienceAway: the store does not answer.

        """

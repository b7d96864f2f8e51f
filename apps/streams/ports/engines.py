"""What streams needs from outside, said in its own words.

A media engine is one thing behind several small ports; an adapter of one stands behind them all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from apps.streams.contracts import (
    EngineFinding,
    EngineSession,
    LiveSegments,
    TargetState,
)


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


class LiveFiles(Protocol):
    """A running broadcast as files of ours; of an engine that has none, nothing is found."""

    def find_segments(self, broadcast_id: str, *, newest: int) -> LiveSegments | None:
        """Return files of the newest segments, or None while there are none."""

    def find_live_file(self, broadcast_id: str, name: str) -> Path | None:
        """Return a playlist, init or segment file a player may have."""


class LiveOutput(Protocol):
    """Shows a running broadcast to players: from files of ours, or at an address of its own."""

    def publish(self, broadcast_id: str, session: EngineSession) -> None:
        """Show a session under the broadcast's own playback name. Safe to repeat."""

    def withdraw(self, broadcast_id: str) -> None:
        """Take the playback name away. Safe to repeat."""

    def is_relayed(self) -> bool:
        """Say whether the engine serves HLS itself; else there are files of ours."""

    def find_address(self, broadcast_id: str, *, now: datetime, ttl_s: int) -> str:
        """Return where the engine serves HLS, signed where it can be, "" where not yet.

        Raises:
            EngineRefused: we serve files, or nobody told us where.

        """


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPlaylist:
    """An HLS playlist; what it names is relative to where it was found."""

    address: str
    text: str


class HlsOrigin(Protocol):
    """Reads what another server serves as HLS."""

    def read(self, address: str) -> FoundPlaylist | None:
        """Return a playlist, or None where there is none, or none any more.

        Raises:
            EngineDown: no answer in time, or one that is no playlist.

        """

    def save(self, address: str, into: Path) -> bool:
        """Save a segment; say whether it was still there.

        Raises:
            EngineDown: not all of it came in time.

        """


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


# By the names of HealthPoint; what an engine does not tell is left out.
Measured = Mapping[str, float]


class EngineStatistics(Protocol):
    """How well video comes in."""

    def measure(self, session_ids: Collection[str]) -> dict[str, Measured]:
        """Return what the engine measures of those connections that are still there.

        Raises:
            EngineDown: no answer in time.

        """


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

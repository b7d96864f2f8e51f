"""Halves of ports for engines that lack what the port offers."""

# ruff: noqa: ARG002 (the parameters are the ports')

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from apps.streams.contracts import EngineSession, LiveSegments, TargetState
from apps.streams.errors import EngineRefused, PoolLimitReached
from apps.streams.ports import PooledIngest, TargetAddress


class NoFiles:
    """The LiveFiles of an engine that packages HLS and serves it itself."""

    def is_relayed(self) -> bool:
        return True

    def find_segments(self, broadcast_id: str, *, newest: int) -> LiveSegments | None:
        """Return None: there are no files of ours."""
        return None

    def find_live_file(self, broadcast_id: str, name: str) -> Path | None:
        """Return None: playlists are read from the engine, and segments are its own to serve."""
        return None


class NoAddress:
    """The LiveOutput of an engine that writes files under the broadcast's id."""

    def is_relayed(self) -> bool:
        return False

    def publish(self, broadcast_id: str, session: EngineSession) -> None:
        """Nothing to do: the files are there."""

    def withdraw(self, broadcast_id: str) -> None:
        """Nothing to do: whoever asks for the files is asked for a token by us."""

    def find_address(self, broadcast_id: str, *, now: datetime, ttl_s: int) -> str:
        """Refuse.

        Raises:
            EngineRefused: always.

        """
        raise EngineRefused(why="it serves nothing to players")


class RecordsAnyway:
    """The Recorder of an engine that records whatever it lets in."""

    def start(self, broadcast_id: str, session: EngineSession) -> None:
        """Nothing to do: it records from the first picture on."""

    def split(self, broadcast_id: str) -> None:
        """Nothing to do: each session is a part."""

    def stop(self, broadcast_id: str) -> None:
        """Nothing to do: the part closes with its session."""


class NoTargets:
    """The StreamTargets of an engine that sends nothing on."""

    def add(self, broadcast_id: str, session: EngineSession, target: TargetAddress) -> None:
        """Refuse.

        Raises:
            EngineRefused: always.

        """
        raise EngineRefused(why="it sends nothing on to other services")

    def remove(self, broadcast_id: str, target_id: str) -> None:
        """Nothing to do: there never was one."""

    def list_states(self, broadcast_id: str) -> Sequence[TargetState]:
        return []


class NoPool:
    """The StreamPool of an engine that takes as many streams as come."""

    def is_pooled(self) -> bool:
        return False

    def create(self, name: str) -> PooledIngest:
        """Refuse.

        Raises:
            PoolLimitReached: always.

        """
        raise PoolLimitReached(why=f"it keeps no pool for {name}")

    def prepare(self, stream_id: str) -> bool:
        return True

    def renew(self, stream_id: str) -> PooledIngest | None:
        return None

"""What others may hold of a media engine: its sessions, its targets, how it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


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
    """A connection the engine lists, without its key; `broadcast_id` is empty for a stranger.

    `id` is ours: engines name their sessions each in a way of its own.
    """

    id: str
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

"""Facts the streams context announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastScheduled(Event):
    key: ClassVar[str] = "broadcast.scheduled"

    broadcast_id: str
    creator_id: str
    title: str
    starts_at: str  # ISO 8601


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastRescheduled(Event):
    """It starts at another moment than was said before."""

    key: ClassVar[str] = "broadcast.rescheduled"

    broadcast_id: str
    creator_id: str
    title: str
    starts_at: str  # ISO 8601


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastStarted(Event):
    """First media arrived and plays, once a broadcast. The public hears of `broadcast.live`."""

    key: ClassVar[str] = "broadcast.started"

    broadcast_id: str
    creator_id: str
    title: str
    visibility: str
    session_epoch: int
    record: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastLive(Event):
    """For the public: it has played steadily for a while. At most once a broadcast.

    Left out where another broadcast of the channel was announced within the cool-down.
    """

    key: ClassVar[str] = "broadcast.live"

    broadcast_id: str
    creator_id: str
    title: str
    visibility: str
    session_epoch: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastInterrupted(Event):
    """The encoder is gone; the reconnect window is open."""

    key: ClassVar[str] = "broadcast.interrupted"

    broadcast_id: str
    creator_id: str
    session_epoch: int
    reason: str = ""  # stopped | lapsed | revoked
    reconnect_until: str = ""  # ISO 8601


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastResumed(Event):
    key: ClassVar[str] = "broadcast.resumed"

    broadcast_id: str
    creator_id: str
    session_epoch: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastExpiring(Event):
    """A limit will end it soon."""

    key: ClassVar[str] = "broadcast.expiring"

    broadcast_id: str
    creator_id: str
    title: str
    ends_at: str  # ISO 8601
    reason: str  # max_duration | quota


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastEnded(Event):
    key: ClassVar[str] = "broadcast.ended"

    broadcast_id: str
    creator_id: str
    title: str
    seconds_live: int
    reason: str  # creator | window | staff | account | max_duration | quota
    ended_by: str = ""  # a user id where a person did it
    note: str = ""  # what staff wrote


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingStored(Event):
    """A recording is joined, probed and lies in storage."""

    key: ClassVar[str] = "recording.stored"

    recording_id: str
    broadcast_id: str
    creator_id: str
    title: str
    visibility: str
    duration_s: float
    size_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingFailed(Event):
    key: ClassVar[str] = "recording.failed"

    recording_id: str
    broadcast_id: str
    creator_id: str
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingPublished(Event):
    """All renditions of a stored recording are there."""

    key: ClassVar[str] = "recording.published"

    recording_id: str
    broadcast_id: str
    creator_id: str
    qualities: list[int]  # short sides in pixels, best first


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingRemoved(Event):
    """Nobody sees it any more; its files follow."""

    key: ClassVar[str] = "recording.removed"

    recording_id: str
    broadcast_id: str
    creator_id: str
    reason: str  # creator | staff | account | retention
    removed_by: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipReady(Event):
    key: ClassVar[str] = "clip.ready"

    clip_id: str
    broadcast_id: str
    creator_id: str
    duration_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipFailed(Event):
    key: ClassVar[str] = "clip.failed"

    clip_id: str
    broadcast_id: str
    creator_id: str
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastCancelled(Event):
    """Over before it ever went live."""

    key: ClassVar[str] = "broadcast.cancelled"

    broadcast_id: str
    creator_id: str
    title: str
    cancelled_by: str  # a user id where a person did it
    reason: str = ""  # creator | staff | no_show | no_media


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastRemoved(Event):
    """Nobody may see it any more, nor what was recorded of it."""

    key: ClassVar[str] = "broadcast.removed"

    broadcast_id: str
    creator_id: str
    title: str
    removed_by: str  # a user id
    reason: str  # creator | staff
    note: str = ""  # what staff wrote

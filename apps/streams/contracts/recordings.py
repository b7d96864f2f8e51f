"""What others may hold of recordings, segments and clips."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingSummary:
    """state is expected, found, verified, stored, published, failed or removed.

    Sizes in bytes, spans in seconds. From `stored` on the MP4 plays; from `published` on there are
    `qualities` (short sides in pixels) as HLS as well. `progress` is 0 to 100 on the way there,
    and `ladder` says what became of them: waiting, ready or failed. `warnings` names what was lost
    on the way, measured against `expected_s`, the time on air.
    """

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
    published_at: datetime | None = None
    error: str = ""
    has_audio: bool = False
    progress: int = 0
    ladder: str = "waiting"
    qualities: list[int] = field(default_factory=list)
    expected_s: float = 0.0
    warnings: list[str] = field(default_factory=list)
    state_since: datetime | None = None
    due_at: datetime | None = None
    tries: int = 0

    @property
    def is_stored(self) -> bool:
        """Whether its MP4 is there to play, to upload and to cut from."""
        return self.state in {"stored", "published"}

    @property
    def is_incomplete(self) -> bool:
        """Whether something of what was on air is missing in it."""
        return bool(self.warnings)


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentSummary:
    """A span of a broadcast: seconds from its first picture on, and the moment where known."""

    number: int
    name: str
    start_s: float
    duration_s: float
    size_bytes: int
    starts_at: datetime | None = None
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipDraft:
    """What to cut: seconds from the beginning, or the last seconds of what is on air.

    mode is keyframes (begins on the key frame at or before `start_s`, nothing is encoded anew) or
    exact.
    """

    mode: str = "keyframes"
    title: str = ""
    start_s: float = 0.0
    end_s: float = 0.0
    last_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipSummary:
    """state is queued, processing, ready, failed or removed; progress is 0 to 100."""

    id: str
    broadcast_id: str
    recording_id: str
    creator_id: str
    title: str
    mode: str
    state: str
    created_at: datetime
    start_s: float = 0.0
    end_s: float = 0.0
    progress: int = 0
    storage_name: str = ""
    duration_s: float = 0.0
    size_bytes: int = 0
    width: int = 0
    height: int = 0
    ready_at: datetime | None = None
    error: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One rendition, named after its short side (720p); sizes in pixels, even ones."""

    short_side: int
    width: int
    height: int
    bitrate_bps: int

    @property
    def name(self) -> str:
        return f"v{self.short_side}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A span of the source, encoded into every rung at once; without rungs it is the sound."""

    number: int
    start_s: float
    length_s: float
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DueWork:
    """Work that stalled: store, publish, purge, tidy (of a recording) or clip."""

    work: str
    broadcast_id: str
    subject_id: str

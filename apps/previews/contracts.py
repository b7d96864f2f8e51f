"""What other contexts may hold of previews. Frozen, and free of frameworks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Subject(StrEnum):
    """What a preview set is of."""

    BROADCAST = "broadcast"
    RECORDING = "recording"


class State(StrEnum):
    """Where a set is: pending → running → ready | failed | cancelled.

    A broadcast that nothing was made of yet is `empty`; what its creator chose is shown even so.
    """

    EMPTY = "empty"
    PENDING = "pending"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REMOVED = "removed"  # its subject is gone, and its files soon are


class Priority(StrEnum):
    """What goes first: lives have a task of their own, then what was just recorded."""

    FRESH = "fresh"
    BACKFILL = "backfill"


class Quality(StrEnum):
    """How much a phone wants to load for a card."""

    DATA_SAVER = "data-saver"
    NORMAL = "normal"
    HIGH = "high"


class Source(StrEnum):
    """Who chose the poster: the engine's best score, or the creator."""

    AUTOMATIC = "automatic"
    CANDIDATE = "candidate"
    UPLOAD = "upload"


class ShareState(StrEnum):
    """Where a share is: queued → running → ready | failed | cancelled."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REMOVED = "removed"  # its file soon is, too


class Style(StrEnum):
    """What stands around what is shared; the watermark is on all."""

    FULL = "full"  # title card and end card
    OUTRO = "outro"  # end card
    PLAIN = "plain"


# Pixels a card's poster needs at least; the next larger only costs bytes.
_POSTER_WIDTHS: Final = {Quality.DATA_SAVER: 320, Quality.NORMAL: 640, Quality.HIGH: 1280}
_LADDER: Final = [one.value for one in Quality]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """One file; its URL never shows other bytes, so it may be cached for `max_age_s`.

    kind is preview, preview_webp, poster, poster_webp, poster_avif, candidate, storyboard,
    storyboard_vtt, thumbnail, thumbnail_webp or share; pixels and seconds are 0 where a kind has
    none. variant is data-saver, normal or high of a preview, small to full of a poster or
    thumbnail. `id` names a candidate.
    """

    id: str
    kind: str
    url: str
    content_type: str
    width: int
    height: int
    bytes: int
    duration_s: float
    sha256: str
    variant: str = ""
    at_s: float = 0.0
    max_age_s: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """As much of a set as a card needs: something to paint at once, a poster, a clip.

    `aspect` is width by height, 0 where nothing is known; `posters` are the poster's sizes,
    narrowest first; `animated` moves where only an image tag works, and a live has none.
    """

    color: str
    thumbhash: str
    aspect: float
    clip: Asset | None
    animated: Asset | None
    poster: Asset | None
    posters: tuple[Asset, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewSummary:
    """What there is of a subject, and how its making goes.

    A set that is made anew keeps its assets until the new ones are there, so `assets` may be full
    in any state. `placeholder` is the dominant colour as `#rrggbb`, empty before. progress is 0 to
    100. `truncated`: the footage ended too early, and this is what could be saved. thumbnail says
    who chose the posters: automatic, candidate or upload.
    """

    subject: str
    subject_id: str
    broadcast_id: str
    state: str
    placeholder: str
    revision: int
    assets: tuple[Asset, ...]
    updated_at: datetime
    thumbhash: str = ""
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    truncated: bool = False
    progress: int = 0
    thumbnail: str = Source.AUTOMATIC.value
    error_code: str = ""
    error_detail: str = ""
    error_sentence: str = ""

    @property
    def aspect(self) -> float:
        """Return width by height; 0 before it is known."""
        return round(self.width / self.height, 4) if self.height else 0.0

    def first(self, kind: str) -> Asset | None:
        """Return the smallest asset of a kind, or None."""
        return next(iter(self.all(kind)), None)

    def all(self, kind: str) -> list[Asset]:
        """Return the assets of a kind, narrowest first."""
        found = [asset for asset in self.assets if asset.kind == kind]
        return sorted(found, key=lambda asset: asset.width)

    def card(self, quality: str = Quality.NORMAL.value) -> Card:
        """Return what a card shows, for data-saver, normal or high."""
        posters = self.all("poster") or self.all("thumbnail")
        wide = _POSTER_WIDTHS[Quality(quality)]
        largest = posters[-1] if posters else None
        return Card(
            color=self.placeholder,
            thumbhash=self.thumbhash,
            aspect=self.aspect,
            clip=self._clip(quality),
            animated=self.first("preview_webp"),
            poster=next((one for one in posters if one.width >= wide), largest),
            posters=tuple(posters),
        )

    def _clip(self, quality: str) -> Asset | None:
        """Return the clip of a quality; where there is none, the best below it."""
        clips = {asset.variant: asset for asset in self.all("preview")}
        fitting = reversed(_LADDER[: _LADDER.index(quality) + 1])
        return next((clips[one] for one in fitting if one in clips), self.first("preview"))


@dataclass(frozen=True, kw_only=True, slots=True)
class ThumbnailSummary:
    """What the creator chose. state is automatic, making, ready or failed.

    `candidates` are what may be chosen; `assets` what is shown instead of the engine's own.
    """

    subject: str
    subject_id: str
    source: str
    state: str
    candidate: str
    assets: tuple[Asset, ...]
    candidates: tuple[Asset, ...]
    error_code: str = ""
    error_sentence: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareSummary:
    """A composed clip of a recording, from `start_s` to `end_s` of it; progress is 0 to 100."""

    id: str
    recording_id: str
    broadcast_id: str
    creator_id: str
    start_s: float
    end_s: float
    template: str
    state: str
    progress: int
    asset: Asset | None
    created_at: datetime
    updated_at: datetime
    tries: int = 0
    cpu_s: float = 0.0
    error_code: str = ""
    error_detail: str = ""
    error_sentence: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """Work to be queued: of which subject, and whether somebody waits for it."""

    subject: str
    subject_id: str
    priority: str = Priority.FRESH.value


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """What a look at some recordings found, and put right."""

    seen: int
    missing: int
    removed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Backlog:
    """Sets by how they wait: `fresh` for somebody, `backfill` for their turn."""

    fresh: int
    backfill: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Sets and shares by state, but for those in order; since when the oldest of each waits."""

    sets: dict[str, int]
    oldest_at: datetime | None
    shares: dict[str, int]
    oldest_share_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What the last making took; `source_bytes` were read of the footage."""

    cpu_s: float = 0.0
    peak_rss_mb: float = 0.0
    source_bytes: int = 0
    made_bytes: int = 0
    engine: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffPreview:
    """A set as staff see it: its job, its cost, and the revision before the one shown."""

    id: str
    preview: PreviewSummary
    before: tuple[Asset, ...]
    created_at: datetime
    priority: str
    attempt: int
    cost: Cost

"""What other contexts may hold of previews. Frozen, and free of frameworks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Subject(StrEnum):
    """What a preview set is of."""

    BROADCAST = "broadcast"
    RECORDING = "recording"


class State(StrEnum):
    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """One file; its URL never shows other bytes, so it may be cached for ever.

    kind is preview, poster, storyboard, storyboard_vtt or thumbnail; pixels and seconds are 0
    where a kind has none.
    """

    kind: str
    url: str
    content_type: str
    width: int
    height: int
    bytes: int
    duration_s: float
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewSummary:
    """state is pending, ready or failed; `error_code` says why it failed.

    A live set that is refreshed keeps its assets until the new ones are there, so `assets` may
    be full in any state. `placeholder` is the dominant colour as `#rrggbb`, empty before.
    """

    subject: str
    subject_id: str
    broadcast_id: str
    state: str
    placeholder: str
    revision: int
    assets: tuple[Asset, ...]
    updated_at: datetime
    error_code: str = ""
    error_detail: str = ""

    def first(self, kind: str) -> Asset | None:
        """Return the smallest asset of a kind, or None."""
        return next(iter(self.all(kind)), None)

    def all(self, kind: str) -> list[Asset]:
        """Return the assets of a kind, narrowest first."""
        found = [asset for asset in self.assets if asset.kind == kind]
        return sorted(found, key=lambda asset: asset.width)


@dataclass(frozen=True, kw_only=True, slots=True)
class StaleSet:
    """A set that waits longer than anything should."""

    subject: str
    subject_id: str

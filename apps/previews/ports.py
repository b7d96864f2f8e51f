"""What previews needs from outside, said in its own words."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeAsset:
    """One file in the folder the maker was given; sizes in pixels, 0 where it has none."""

    kind: str
    name: str
    content_type: str
    width: int = 0
    height: int = 0
    duration_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What came of one source; `placeholder` is its dominant colour as `#rrggbb`."""

    assets: tuple[MadeAsset, ...]
    placeholder: str
    width: int
    height: int
    duration_s: float
    cpu_s: float = 0.0
    peak_rss_mb: float = 0.0


class PreviewMaker(Protocol):
    """Looks at footage and makes small things of it. Every method is safe to repeat.

    Both take one local file that may be hostile, and an empty folder to write into.

    Raises:
        MediaRefused: the file cannot be worked with; its subclass says why.
        MakerDown: something around it failed; the caller may retry.

    """

    def make_recording_set(self, source: Path, into: Path) -> Made:
        """Make the preview clip, posters, storyboard sheets with their WebVTT, and a colour."""

    def make_live_set(self, source: Path, into: Path) -> Made:
        """Make a short preview clip, one thumbnail and a colour of some seconds of a live."""


class Shelf(Protocol):
    """Where files lie. Every method is safe to repeat.

    Raises:
        ShelfDown: the storage did not answer, or has no such file (yet).

    """

    def opened(self, name: str) -> AbstractContextManager[Path]:
        """Lend a stored file as a local path, to read only, for as long as the block runs."""

    def keep(self, source: Path, name: str, content_type: str) -> None:
        """Store a local file under exactly this name; what lay there half-written is replaced."""

    def remove(self, name: str) -> None:
        """Delete a stored file; one that is not there is as good as deleted."""

    def url(self, name: str) -> str:
        """Return the address phones fetch the file from."""

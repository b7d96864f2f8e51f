"""What previews needs from outside, said in its own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranged:
    """A file that is read over HTTP by ranges; `url` may carry its own signature and expiry."""

    url: str
    size_bytes: int


Footage = Path | Ranged
"""Where a source lies: a local file, or an address of which only the needed bytes are read."""

Tell = Callable[[float], None]
"""Hears how far a job is, 0 to 1, about once a second; what it raises ends the job."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeAsset:
    """One file in the folder the maker was given; sizes in pixels, 0 where it has none.

    kind     preview, preview_webp, poster, poster_webp, poster_avif, candidate, storyboard,
             storyboard_vtt, thumbnail, thumbnail_webp or share
    variant  of a preview data-saver, normal or high; of a poster small, medium, large or full, of
             a thumbnail one of the first three; else empty
    at_s     the moment of the source a candidate shows, in seconds
    """

    kind: str
    name: str
    content_type: str
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    variant: str = ""
    at_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What came of one source.

    placeholder   its dominant colour as `#rrggbb`
    thumbhash     the ThumbHash of its poster in base64, about 28 characters
    source_bytes  read of the source; less than its size, where it is long
    truncated     the source ends too early, and this is what could be saved of it
    """

    assets: tuple[MadeAsset, ...]
    placeholder: str
    width: int
    height: int
    duration_s: float
    cpu_s: float = 0.0
    peak_rss_mb: float = 0.0
    thumbhash: str = ""
    source_bytes: int = 0
    truncated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """A storyboard that grows with its live: plain values, to be kept between two growths.

    `begins_s` says when each tile begins, in seconds of the broadcast, oldest first; `sheets`
    are the names of its files, by their bytes: keep them beside each other and the WebVTT.
    """

    interval_s: float = 5.0
    tile_width: int = 0
    tile_height: int = 0
    begins_s: tuple[float, ...] = ()
    sheets: tuple[str, ...] = ()
    until_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """Where the newest footage of a live goes: it begins `begins_s` after the broadcast did.

    `last_sheet` is the newest sheet made so far, which may have room; none before the first.
    """

    begins_s: float
    board: Board = Board()
    last_sheet: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Grown:
    """The sheets that are new or made anew, the whole WebVTT, and the board as it is now."""

    made: Made
    board: Board


class PreviewMaker(Protocol):
    """Looks at footage and makes small things of it. Every method is safe to repeat.

    Each takes one source that may be hostile, and an empty folder to write into.

    Raises:
        MediaRefused: the source cannot be worked with; its subclass says why.
        MakerDown: something around it failed; the caller may retry.

    """

    def make_recording_set(self, source: Footage, into: Path, tell: Tell | None = None) -> Made:
        """Make clips, one animated picture, posters, candidates, storyboard, colour, ThumbHash."""

    def make_live_set(
        self, source: Footage, into: Path, before: Mapping[str, Path] | None = None
    ) -> Made:
        """Make short preview clips, thumbnails, colour, ThumbHash of some seconds of a live.

        `before` are the clips made last, by variant: where they fit, only the newest second
        or two are decoded and encoded, and the end of the older clip is kept in front of them.
        """

    def make_live_storyboard(self, source: Footage, into: Path, growth: Growth) -> Grown:
        """Add tiles of the newest footage to a storyboard; what has tiles already is left out."""

    def make_poster_set(self, image: Path, into: Path) -> Made:
        """Make posters, colour and ThumbHash of a picture of the creator's; nothing else stays.

        A candidate's file is as good a picture as any.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """What part of a source, in seconds from its first frame; the end is not in it."""

    start_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """What stands around a cut, and in which words; an empty text leaves its place empty.

    style  full (title card, watermark, end card), outro (watermark, end card) or plain (watermark)
    """

    style: str
    title: str = ""
    channel: str = ""
    handle: str = ""
    watch_on: str = ""


class Composer(Protocol):
    """Makes a clip to be shared elsewhere of a part of a recording. Safe to repeat.

    Takes one source that may be hostile, and an empty folder to write into.

    Raises:
        MediaRefused: the source, the cut or the words cannot be worked with.
        MakerDown: something around it failed; the caller may retry.

    """

    def compose(
        self, source: Footage, cut: Cut, template: Template, into: Path, tell: Tell | None = None
    ) -> Made:
        """Make one `share`: H.264 and AAC in MP4, never larger than the source.

        An end beyond the source's is the source's.
        """


class Shelf(Protocol):
    """Where files lie. Every method is safe to repeat.

    Raises:
        ShelfDown: the storage did not answer, or has no such file (yet).

    """

    def opened(self, name: str) -> AbstractContextManager[Path]:
        """Lend a stored file as a local path, to read only, for as long as the block runs."""

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the bytes of each file that lies directly in a folder, by its whole name."""

    def keep(self, source: Path, name: str, content_type: str) -> None:
        """Store a local file under exactly this name; what lay there half-written is replaced."""

    def remove(self, name: str) -> None:
        """Delete a stored file; one that is not there is as good as deleted."""

    def url(self, name: str) -> str:
        """Return the address phones fetch the file from."""


class Archive(Protocol):
    """Where footage lies that others stored.

    Raises:
        ShelfDown: the storage did not answer, or has no such file (yet).

    """

    def lent(self, name: str) -> AbstractContextManager[Footage]:
        """Lend a file as it lies: a local path, or an address that is read by ranges."""

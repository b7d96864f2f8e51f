"""A maker that looks at nothing and a shelf that is a dictionary: for tests and quick tries."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from typing_extensions import override

from apps.previews.errors import CutBeyondEnd, NotAVideo, ShelfDown
from apps.previews.ports import (
    Archive,
    Composer,
    Cut,
    Footage,
    Grown,
    Growth,
    Made,
    MadeAsset,
    PreviewMaker,
    Ranged,
    Shelf,
    Tell,
    Template,
)

_JPEG: Final = "image/jpeg"
_WEBP: Final = "image/webp"


def _clip(variant: str, width: int, height: int) -> MadeAsset:
    return MadeAsset(
        kind="preview",
        name=f"preview-{variant}.mp4",
        content_type="video/mp4",
        width=width,
        height=height,
        duration_s=6.0,
        variant=variant,
    )


_FORMATS: Final = (("", "jpg", _JPEG), ("_webp", "webp", _WEBP), ("_avif", "avif", "image/avif"))


def _posters(variant: str, width: int, height: int) -> list[MadeAsset]:
    return _stills("poster", variant, (width, height), _FORMATS)


def _thumbnails(variant: str, width: int, height: int) -> list[MadeAsset]:
    return _stills("thumbnail", variant, (width, height), _FORMATS[:2])


def _stills(
    kind: str, variant: str, size: tuple[int, int], formats: Iterable[tuple[str, str, str]]
) -> list[MadeAsset]:
    width, height = size
    return [
        MadeAsset(
            kind=f"{kind}{form}",
            name=f"{kind}-{width}.{end}",
            content_type=content_type,
            width=width,
            height=height,
            variant=variant,
        )
        for form, end, content_type in formats
    ]


def _candidate(number: int, at_s: float) -> MadeAsset:
    name = f"candidate-{number}.jpg"
    return MadeAsset(
        kind="candidate", name=name, content_type=_JPEG, width=1280, height=720, at_s=at_s
    )


_CLIPS: Final = (_clip("data-saver", 426, 240), _clip("normal", 854, 480))
_POSTERS: Final = (
    *_posters("small", 320, 180),
    *_posters("medium", 640, 360),
    *_posters("large", 1280, 720),
)
_BOARD: Final = (
    MadeAsset(
        kind="storyboard", name="storyboard-001.jpg", content_type=_JPEG, width=480, height=180
    ),
    MadeAsset(kind="storyboard_vtt", name="storyboard.vtt", content_type="text/vtt"),
)
_RECORDING: Final = (
    *_CLIPS,
    _clip("high", 1280, 720),
    MadeAsset(
        kind="preview_webp",
        name="preview.webp",
        content_type=_WEBP,
        width=320,
        height=180,
        duration_s=2.1,
    ),
    *_POSTERS,
    _candidate(1, 2.0),
    _candidate(2, 6.0),
    *_BOARD,
)
_LIVE: Final = (
    *_CLIPS,
    *_thumbnails("small", 320, 180),
    *_thumbnails("medium", 640, 360),
    *_thumbnails("large", 960, 540),
)


_RECORDING_S: Final = 10.0


@dataclass(slots=True)
class MemoryMaker(PreviewMaker, Composer):
    """Each file holds its own name and the source's first bytes, so other footage is another file.

    An empty source is no video, as everywhere; `failing`, where set, is raised by every job.
    """

    failing: Exception | None = None
    seen: list[bytes] = field(default_factory=list)
    given: list[dict[str, bytes]] = field(default_factory=list)  # clips to go on from

    @override
    def make_recording_set(self, source: Footage, into: Path, tell: Tell | None = None) -> Made:
        made = self._make(_RECORDING, source, into)
        if tell:
            tell(1.0)
        return made

    @override
    def make_live_set(
        self, source: Footage, into: Path, before: Mapping[str, Path] | None = None
    ) -> Made:
        self.given.append({name: path.read_bytes() for name, path in (before or {}).items()})
        return self._make(_LIVE, source, into)

    @override
    def make_live_storyboard(self, source: Footage, into: Path, growth: Growth) -> Grown:
        number = len(growth.board.begins_s)
        named = [replace(one, name=f"{number}-{one.name}") for one in _BOARD]
        made = self._make(tuple(named), source, into)
        board = replace(
            growth.board,
            tile_width=160,
            tile_height=90,
            begins_s=(*growth.board.begins_s, growth.begins_s),
            sheets=(named[0].name,),
            until_s=growth.begins_s + made.duration_s,
        )
        return Grown(made=made, board=board)

    @override
    def make_poster_set(self, image: Path, into: Path) -> Made:
        return self._make(_POSTERS, image, into)

    @override
    def compose(
        self, source: Footage, cut: Cut, template: Template, into: Path, tell: Tell | None = None
    ) -> Made:
        shared = MadeAsset(
            kind="share",
            name="share.mp4",
            content_type="video/mp4",
            width=1280,
            height=720,
            duration_s=min(cut.end_s, _RECORDING_S) - cut.start_s,
        )
        made = self._make((shared,), source, into)
        if shared.duration_s <= 0:
            raise CutBeyondEnd(detail=f"the recording ends after {_RECORDING_S} s")
        if tell:
            tell(1.0)
        return replace(made, duration_s=shared.duration_s)

    def _make(self, assets: tuple[MadeAsset, ...], source: Footage, into: Path) -> Made:
        footage = source.url.encode() if isinstance(source, Ranged) else source.read_bytes()
        self.seen.append(footage)
        if self.failing:
            raise self.failing
        if not footage:
            raise NotAVideo(detail="it is empty")
        for asset in assets:
            (into / asset.name).write_bytes(asset.name.encode() + b" of " + footage[:64])
        return Made(
            assets=assets,
            placeholder="#336699",
            width=1280,
            height=720,
            duration_s=_RECORDING_S,
            thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI",
            source_bytes=len(footage),
        )


@dataclass(slots=True)
class MemoryShelf(Shelf, Archive):
    """Files by name; `down`, where set, lets every call fail."""

    files: dict[str, bytes] = field(default_factory=dict)
    down: bool = False

    @override
    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        self._check(name)
        if name not in self.files:
            raise ShelfDown(name=name, detail="no such file")
        with tempfile.TemporaryDirectory() as folder:
            lent = Path(folder, "footage")
            lent.write_bytes(self.files[name])
            yield lent

    @override
    def lent(self, name: str) -> AbstractContextManager[Footage]:
        return self.opened(name)

    @override
    def sizes(self, folder: str) -> dict[str, int]:
        self._check(folder)
        return {
            name: len(content)
            for name, content in self.files.items()
            if name.rpartition("/")[0] == folder
        }

    @override
    def keep(self, source: Path, name: str, content_type: str) -> None:
        self._check(name)
        self.files[name] = source.read_bytes()

    @override
    def remove(self, name: str) -> None:
        self._check(name)
        self.files.pop(name, None)

    @override
    def url(self, name: str) -> str:
        return f"/media/{name}"

    def _check(self, name: str) -> None:
        if self.down:
            raise ShelfDown(name=name, detail="told to be down")

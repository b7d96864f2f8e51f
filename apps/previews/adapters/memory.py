"""A maker that looks at nothing and a shelf that is a dictionary: for tests and quick tries."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from typing_extensions import override

from apps.previews.errors import NotAVideo, ShelfDown
from apps.previews.ports import Made, MadeAsset, PreviewMaker, Shelf

_CLIP: Final = MadeAsset(
    kind="preview",
    name="preview.mp4",
    content_type="video/mp4",
    width=854,
    height=480,
    duration_s=6.0,
)
_JPEG: Final = "image/jpeg"
_RECORDING: Final = (
    _CLIP,
    MadeAsset(kind="poster", name="poster-320.jpg", content_type=_JPEG, width=320, height=180),
    MadeAsset(kind="poster", name="poster-640.jpg", content_type=_JPEG, width=640, height=360),
    MadeAsset(kind="poster", name="poster-1280.jpg", content_type=_JPEG, width=1280, height=720),
    MadeAsset(
        kind="storyboard", name="storyboard-001.jpg", content_type=_JPEG, width=480, height=180
    ),
    MadeAsset(kind="storyboard_vtt", name="storyboard.vtt", content_type="text/vtt"),
)
_LIVE: Final = (
    _CLIP,
    MadeAsset(kind="thumbnail", name="thumbnail.jpg", content_type=_JPEG, width=640, height=360),
)


@dataclass(slots=True)
class MemoryMaker(PreviewMaker):
    """Each file holds its own name and the source's first bytes, so other footage is another file.

    An empty source is no video, as everywhere; `failing`, where set, is raised by every job.
    """

    failing: Exception | None = None
    seen: list[bytes] = field(default_factory=list)

    @override
    def make_recording_set(self, source: Path, into: Path) -> Made:
        return self._make(_RECORDING, source, into)

    @override
    def make_live_set(self, source: Path, into: Path) -> Made:
        return self._make(_LIVE, source, into)

    def _make(self, assets: tuple[MadeAsset, ...], source: Path, into: Path) -> Made:
        footage = source.read_bytes()
        self.seen.append(footage)
        if self.failing:
            raise self.failing
        if not footage:
            raise NotAVideo(detail="it is empty")
        for asset in assets:
            (into / asset.name).write_bytes(asset.name.encode() + b" of " + footage[:64])
        return Made(assets=assets, placeholder="#336699", width=1280, height=720, duration_s=10.0)


@dataclass(slots=True)
class MemoryShelf(Shelf):
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

"""Posters of one picture in each size and format, and what stands in until one has loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from apps.previews import rules
from apps.previews.adapters.engine import pictures
from apps.previews.adapters.engine.pictures import Picture
from apps.previews.ports import MadeAsset
from apps.previews.rules import Size

Write = Callable[[Picture, Path], None]

JPEG: Final = ("image/jpeg", "jpg")
_FORMATS: Final[dict[str, tuple[str, str, Write]]] = {
    "poster": (*JPEG, pictures.write_jpeg),
    "poster_webp": ("image/webp", "webp", pictures.write_webp),
    "poster_avif": ("image/avif", "avif", pictures.write_avif),
}


def posters(picture: Picture, into: Path) -> list[MadeAsset]:
    """Write a picture in every size not above its own, in every format there is an encoder of."""
    height, width, _ = picture.shape
    return [
        _still(kind, f"poster-{max(size)}", pictures.resized(picture, size), into, variant)
        for kind in _kinds()
        for variant, size in rules.poster_sizes((width, height)).items()
    ]


def jpeg(kind: str, stem: str, picture: Picture, into: Path, *, at_s: float = 0.0) -> MadeAsset:
    name = f"{stem}.{JPEG[1]}"
    pictures.write_jpeg(picture, into / name)
    return _asset(kind, name, JPEG[0], picture, at_s=at_s)


def largest(shown: Size) -> Size:
    """Return the size in which a frame is kept to make stills of."""
    return list(rules.poster_sizes(shown).values())[-1]


def _kinds() -> Iterator[str]:
    yield from (kind for kind in _FORMATS if kind != "poster_avif" or pictures.can_write_avif())


def _still(kind: str, stem: str, picture: Picture, into: Path, variant: str) -> MadeAsset:
    content_type, end, write = _FORMATS[kind]
    write(picture, into / f"{stem}.{end}")
    return _asset(kind, f"{stem}.{end}", content_type, picture, variant=variant)


def _asset(
    kind: str,
    name: str,
    content_type: str,
    picture: Picture,
    *,
    variant: str = "",
    at_s: float = 0.0,
) -> MadeAsset:
    return MadeAsset(
        kind=kind,
        name=name,
        content_type=content_type,
        width=picture.shape[1],
        height=picture.shape[0],
        variant=variant,
        at_s=round(at_s, 3),
    )

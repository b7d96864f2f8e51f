"""Posters of one picture in each size and format, and what stands in until one has loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from apps.previews import rules
from apps.previews.adapters.engine import pictures
from apps.previews.adapters.engine.pictures import Picture
from apps.previews.ports import MadeAsset
from apps.previews.rules import Size

Write = Callable[[Picture, Path], None]
Formats = Mapping[str, tuple[str, str, Write]]  # by what a kind's name ends in

JPEG: Final = ("image/jpeg", "jpg")
_WEBP: Final = ("image/webp", "webp")
_FORMATS: Final[Formats] = {
    "": (*JPEG, pictures.write_jpeg),
    "_webp": (*_WEBP, pictures.write_webp),
    "_avif": ("image/avif", "avif", pictures.write_avif),
}
# Made anew with each refresh of a live: AVIF would cost as much as all the rest of it.
_CHEAP: Final[Formats] = {
    "": (*JPEG, pictures.write_quick_jpeg),
    "_webp": (*_WEBP, pictures.write_quick_webp),
}


def posters(picture: Picture, into: Path) -> list[MadeAsset]:
    """Write a picture in every size not above its own, in every format there is an encoder of."""
    formats = {
        end: how for end, how in _FORMATS.items() if end != "_avif" or pictures.can_write_avif()
    }
    return list(_in_sizes("poster", picture, into, formats))


def thumbnails(picture: Picture, into: Path) -> list[MadeAsset]:
    """Write a picture in every size not above its own, in the formats that cost little."""
    return list(_in_sizes("thumbnail", picture, into, _CHEAP))


def jpeg(kind: str, stem: str, picture: Picture, into: Path, *, at_s: float = 0.0) -> MadeAsset:
    name = f"{stem}.{JPEG[1]}"
    pictures.write_jpeg(picture, into / name)
    return _asset(kind, name, JPEG[0], picture, at_s=at_s)


def largest(shown: Size) -> Size:
    """Return the size in which a frame is kept to make stills of."""
    return list(rules.poster_sizes(shown).values())[-1]


def _in_sizes(kind: str, picture: Picture, into: Path, formats: Formats) -> Iterator[MadeAsset]:
    height, width, _ = picture.shape
    for variant, size in rules.poster_sizes((width, height)).items():
        scaled = pictures.resized(picture, size)
        for form, (content_type, end, write) in formats.items():
            name = f"{kind}-{max(size)}.{end}"
            write(scaled, into / name)
            yield _asset(f"{kind}{form}", name, content_type, scaled, variant=variant)


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

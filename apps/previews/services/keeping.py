"""From the maker's folder to storage: no file is stored before it is written down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from apps.previews.documents.assets import Revision, StoredAsset
from apps.previews.errors import MakerDown
from apps.previews.ports import Made, MadeAsset, Shelf

# Raise it when what is made changes: sets of an older engine are made anew, a few at a time.
ENGINE: Final = 2


def describe(made: Made, into: Path, place: str, *, now: datetime) -> Revision:
    """Say what was made and where it will lie: a folder named by all its bytes.

    So a name never shows other bytes, and the same footage made twice lies there once.
    """
    digests = [_digest(into, asset) for asset in made.assets]
    folder = f"{place}/{hashlib.sha256(''.join(digests).encode()).hexdigest()[:16]}"
    return Revision(
        assets=[
            _stored(asset, into / asset.name, folder, digest)
            for asset, digest in zip(made.assets, digests, strict=True)
        ],
        placeholder=made.placeholder,
        thumbhash=made.thumbhash,
        width=made.width,
        height=made.height,
        duration_s=round(made.duration_s, 3),
        truncated=made.truncated,
        engine=ENGINE,
        cpu_s=made.cpu_s,
        peak_rss_mb=made.peak_rss_mb,
        source_bytes=made.source_bytes,
        made_at=now,
    )


def describe_each(made: Iterable[MadeAsset], into: Path, folder: str) -> list[StoredAsset]:
    """Say where files will lie whose own names never show other bytes."""
    return [_stored(asset, into / asset.name, folder, _digest(into, asset)) for asset in made]


def store(
    draft: Revision, into: Path, shelf: Shelf, tell: Callable[[float], None] | None = None
) -> None:
    """Store each file of a draft that was made now; `tell` hears how far it is, 0 to 1."""
    for number, asset in enumerate(draft.assets, start=1):
        file = into / asset.name.rsplit("/", 1)[1]
        if file.exists():  # what a live goes on showing was stored before
            shelf.keep(file, asset.name, asset.content_type)
        if tell:
            tell(number / len(draft.assets))


def is_stored(draft: Revision, shelf: Shelf) -> bool:
    """Say whether all of a draft lies in storage: a maker that died had done its work."""
    if not draft.assets or draft.engine != ENGINE:
        return False
    sizes = shelf.sizes(draft.assets[0].name.rsplit("/", 1)[0])
    return all(sizes.get(asset.name) == asset.bytes for asset in draft.assets)


def discard(names: Iterable[str], shelf: Shelf) -> None:
    for name in sorted(names):
        shelf.remove(name)


def _stored(asset: MadeAsset, file: Path, folder: str, digest: str) -> StoredAsset:
    return StoredAsset(
        kind=asset.kind,
        name=f"{folder}/{asset.name}",
        content_type=asset.content_type,
        variant=asset.variant,
        width=asset.width,
        height=asset.height,
        bytes=file.stat().st_size,
        duration_s=round(asset.duration_s, 3),
        at_s=round(asset.at_s, 3),
        sha256=digest,
    )


def _digest(into: Path, asset: MadeAsset) -> str:
    """Return the SHA-256 of a made file.

    The maker has worked on hostile bytes: a name out of its folder, or a link to another file,
    must not be published.
    """
    file = into / asset.name
    if file.parent != into or file.is_symlink() or not file.is_file():
        raise MakerDown(detail=f"there is no file {asset.name!r} of its own")
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

"""Stored files as contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from apps.previews.contracts import Asset

UrlOf = Callable[[str], str]

# RFC 9111 sets no highest age; a year is what caches keep at most.
MAX_AGE_S: Final = 31_536_000
ID_CHARS: Final = 16


def assets_of(revision: dict[str, Any], url_of: UrlOf) -> tuple[Asset, ...]:
    return tuple(_asset(kept, url_of) for kept in revision.get("assets", ()))


def shown_in(revision: dict[str, Any], chosen: dict[str, Any], url_of: UrlOf) -> tuple[Asset, ...]:
    """Return what a set shows, with the creator's posters in place of the engine's."""
    own = assets_of(chosen.get("shown", {}), url_of)
    made = assets_of(revision, url_of)
    return (*own, *_without_posters(made)) if own else made


def _without_posters(made: Iterable[Asset]) -> list[Asset]:
    return [one for one in made if not one.kind.startswith(("poster", "thumbnail"))]


def _asset(kept: dict[str, Any], url_of: UrlOf) -> Asset:
    return Asset(
        id=kept["sha256"][:ID_CHARS],
        kind=kept["kind"],
        url=url_of(kept["name"]),
        content_type=kept["content_type"],
        width=kept["width"],
        height=kept["height"],
        bytes=kept["bytes"],
        duration_s=kept["duration_s"],
        sha256=kept["sha256"],
        variant=kept.get("variant", ""),
        at_s=kept.get("at_s", 0.0),
        max_age_s=MAX_AGE_S,
    )

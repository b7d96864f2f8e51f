"""Who sees a broadcast."""

from __future__ import annotations

from typing import Final

VISIBILITIES: Final = ("public", "followers", "unlisted", "private")
# What followers are told of.
FOLLOWED_VISIBILITIES: Final = ("public", "followers")


def may_watch(visibility: str, *, is_creator: bool, is_follower: bool) -> bool:
    """Say who sees a broadcast. Unlisted is for whoever was given its id."""
    if is_creator or visibility in {"public", "unlisted"}:
        return True
    return visibility == "followers" and is_follower

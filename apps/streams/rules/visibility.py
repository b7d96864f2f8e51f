"""Who sees a broadcast."""

from __future__ import annotations

from typing import Final

VISIBILITIES: Final = ("public", "followers", "unlisted", "private")
# What followers are told of.
FOLLOWED_VISIBILITIES: Final = ("public", "followers")


def may_watch(
    visibility: str,
    *,
    is_creator: bool,
    is_follower: bool,
    is_barred: bool = False,
    is_removed: bool = False,
) -> bool:
    """Say who sees a broadcast. Unlisted is for whoever was given its id.

    Barred is who blocked its creator, or whom its creator blocked. What staff removed is seen by
    its creator only, who must learn of it.
    """
    if is_creator:
        return True
    if is_barred or is_removed:
        return False
    return visibility in {"public", "unlisted"} or (visibility == "followers" and is_follower)

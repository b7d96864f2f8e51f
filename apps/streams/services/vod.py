"""Clips, as a player asks for them below a broadcast's address."""

from __future__ import annotations

import re
from typing import Final

from apps.streams.errors import ClipNotFound
from apps.streams.queries.clips import get_clip

# What a player may name; anything else, a path above all, does not exist.
CLIP_NAME: Final = re.compile(r"clips/([0-9A-Z]{26})\.mp4")


def clip_name(clip_id: str) -> str:
    """Return the name a clip has below the address of its broadcast."""
    return f"clips/{clip_id}.mp4"


def find_clip(*, broadcast_id: str, name: str) -> str:
    """Return the storage name of a broadcast's clip that is ready; "" where there is none."""
    named = CLIP_NAME.fullmatch(name)
    if named is None:
        return ""
    try:
        found = get_clip(clip_id=named[1])
    except ClipNotFound:
        return ""
    is_there = found.state == "ready" and found.broadcast_id == broadcast_id
    return found.storage_name if is_there else ""

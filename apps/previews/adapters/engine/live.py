"""A running live: its newest seconds for a clip, a thumbnail, and more tiles."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np

from apps.previews import rules
from apps.previews.adapters.engine import clip, earlier, shots
from apps.previews.adapters.engine.pictures import Picture
from apps.previews.adapters.engine.shots import Shot
from apps.previews.adapters.engine.source import Source
from apps.previews.adapters.engine.storyboard import Storyboard
from apps.previews.errors import Truncated
from apps.previews.ports import Growth, MadeAsset
from apps.previews.rules import Size

THUMBNAIL_LONG_SIDE: Final = 640
# The first clip of a live has nothing to go on from.
FIRST_CLIP_S: Final = 4.0
NEWEST_S: Final = 1.2
_EARLIER_S: Final = 4.8
# Among the newest pictures it is not worth to look at more.
_LOOKS: Final = 2


def best_shot(source: Source) -> Shot:
    """Return the best of the newest key frames.

    Raises:
        Truncated: none of them can be decoded.

    """
    found = list(shots.of_keys(source, source.key_times[-_LOOKS:]))
    if not found:
        raise Truncated(detail="not one of its key frames can be decoded")
    return max(found, key=lambda one: one.beauty)


def write(source: Source, shown: Size, into: Path, before: Mapping[str, Path]) -> list[MadeAsset]:
    """Write the clips: the end of those made before, where they go together, and the newest."""
    source.skip_what_nothing_needs()
    with ExitStack() as stack:
        writers = [
            stack.enter_context(clip.opened(source, size, into, shape))
            for shape, size in clip.sizes(clip.LIVE, shown)
        ]
        # Each is asked, also after one that could not: they should show the same.
        continued = [
            earlier.continue_from(before.get(writer.shape.variant), writer, _EARLIER_S)
            for writer in writers
        ]
        length_s = min(source.duration_s, NEWEST_S if all(continued) else FIRST_CLIP_S)
        clip.put_moment(
            source, rules.newest(source.key_times, source.duration_s, length_s), writers
        )
        return clip.finished(writers)


def grow(source: Source, into: Path, growth: Growth) -> tuple[Storyboard, Shot, float]:
    """Add what is due; return the board, a shot of the newest picture and where the time is."""
    board = Storyboard.resumed(into, growth)
    due_s = board.begins_s[-1] + growth.board.interval_s if board.begins_s else 0.0
    size = (growth.board.tile_width, growth.board.tile_height)
    newest: Shot | None = None
    for key_s in source.key_times:
        at_s = growth.begins_s + key_s
        if at_s < due_s - rules.TILE_SLACK_S and key_s != source.key_times[-1]:
            continue
        for newest in shots.of_keys(source, [key_s]):
            if at_s >= due_s - rules.TILE_SLACK_S:
                board.add(_fitted(newest.tile, size), round(at_s, 3))
                due_s = at_s + growth.board.interval_s
    if newest is None:
        raise Truncated(detail="not one of its key frames can be decoded")
    return board, newest, round(growth.begins_s + source.duration_s, 3)


def _fitted(tile: Picture, size: Size) -> Picture:
    """Put a tile in the middle of the board's, as a phone may be turned while it is live."""
    width, height = size
    if not width or tile.shape[:2] == (height, width):
        return tile
    smaller = tile[:: max(1, -(-tile.shape[0] // height)), :: max(1, -(-tile.shape[1] // width))]
    fitted = np.zeros((height, width, 3), dtype=np.uint8)
    top, left = (height - smaller.shape[0]) // 2, (width - smaller.shape[1]) // 2
    fitted[top : top + smaller.shape[0], left : left + smaller.shape[1]] = smaller
    return fitted

"""A running live: its newest seconds for a clip, thumbnails, and more tiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Final

from av.video.frame import VideoFrame

from apps.previews import rules
from apps.previews.adapters.engine import clip, earlier, shots
from apps.previews.adapters.engine.shots import Shot
from apps.previews.adapters.engine.source import Source
from apps.previews.adapters.engine.storyboard import Storyboard
from apps.previews.errors import Truncated
from apps.previews.ports import Growth, MadeAsset

# Enough for a card across a phone, and more would cost more than a refresh may.
THUMBNAIL_LONG_SIDE: Final = rules.POSTER_LONG_SIDES["large"]
# The first clip of a live has nothing to go on from.
FIRST_CLIP_S: Final = 4.0
NEWEST_S: Final = 1.0
_EARLIER_S: Final = 4.8
# A picture below it is black, white or blurred: the key frames before it may be better.
_POOR: Final = 0.4
_LOOKS_BACK: Final = 2


def write(source: Source, into: Path, before: Mapping[str, Path]) -> tuple[list[MadeAsset], Shot]:
    """Write the clips: the end of those made before, where they go together, and the newest.

    Return them with a shot of the newest moment's key frame, which is decoded no second time.

    Raises:
        Truncated: nothing of the newest seconds can be decoded.

    """
    source.skip_what_nothing_needs()
    seen, frames = _begun(source, NEWEST_S)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(clip.opened(source, size, into, shape))
            for shape, size in clip.sizes(clip.LIVE, seen.shown)
        ]
        # Each is asked, also after one that could not: they should show the same.
        continued = [
            earlier.continue_from(before.get(writer.shape.variant), writer, _EARLIER_S)
            for writer in writers
        ]
        if not all(continued):
            seen, frames = _begun(source, FIRST_CLIP_S)
        clip.put_frames(frames, writers)
        return clip.finished(writers), _better(source, seen)


def _begun(source: Source, length_s: float) -> tuple[Shot, Iterator[tuple[float, VideoFrame]]]:
    """Return a shot of the first frame of the newest seconds, and all of their frames."""
    length_s = min(source.duration_s, length_s)
    moment = rules.newest(source.key_times, source.duration_s, length_s)
    frames = source.frames(moment.at_s, moment.length_s)
    first = next(frames, None)
    if first is None:
        raise Truncated(detail="not one of its newest frames can be decoded")
    return shots.shot(first[1], moment.at_s, source), chain([first], frames)


def _better(source: Source, seen: Shot) -> Shot:
    """Return the best of the newest key frames, where the one seen is not worth showing."""
    if seen.beauty >= _POOR:
        return seen
    others = [at_s for at_s in source.key_times if at_s < seen.at_s][-_LOOKS_BACK:]
    return max((seen, *shots.of_keys(source, others)), key=lambda one: one.beauty)


def grow(source: Source, into: Path, growth: Growth) -> tuple[Storyboard, Shot, float]:
    """Add what is due; return the board, a shot of the newest picture and where the time is."""
    board = Storyboard.resumed(into, growth)
    due_s = board.begins_s[-1] + growth.board.interval_s if board.begins_s else 0.0
    newest: Shot | None = None
    for key_s in source.key_times:
        at_s = growth.begins_s + key_s
        if at_s < due_s - rules.TILE_SLACK_S and key_s != source.key_times[-1]:
            continue
        for newest in shots.of_keys(source, [key_s]):
            if at_s >= due_s - rules.TILE_SLACK_S:
                board.add(newest.tile, round(at_s, 3))
                due_s = at_s + growth.board.interval_s
    if newest is None:
        raise Truncated(detail="not one of its key frames can be decoded")
    return board, newest, round(growth.begins_s + source.duration_s, 3)

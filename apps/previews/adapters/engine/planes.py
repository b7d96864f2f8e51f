"""4:2:0 frames turned and put between bars plane by plane, without going through RGB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from apps.previews.rules import Size

Plane = NDArray[np.uint8]
_BLACK: Final = (16, 128, 128)  # ITU-R BT.709 §3: the least luma, and no colour


def turned(frame: VideoFrame, turns: int) -> VideoFrame:
    """Turn a frame counter-clockwise by quarters."""
    return _frame_of([np.rot90(plane, turns) for plane in _planes_of(frame)])


def on_black(frame: VideoFrame, size: Size) -> VideoFrame:
    """Put a frame in the middle of a larger black one; all sides are even."""
    width, height = size
    left, top = (width - frame.width) // 4 * 2, (height - frame.height) // 4 * 2
    filled = []
    for plane, level, part in zip(_planes_of(frame), _BLACK, (1, 2, 2), strict=True):
        ground = np.full((height // part, width // part), level, dtype=np.uint8)
        y, x = top // part, left // part
        ground[y : y + plane.shape[0], x : x + plane.shape[1]] = plane
        filled.append(ground)
    return _frame_of(filled)


def _planes_of(frame: VideoFrame) -> Sequence[Plane]:
    width, height = frame.width, frame.height
    flat = np.asarray(frame.to_ndarray(), dtype=np.uint8).reshape(-1)
    luma, chroma = width * height, width * height // 4
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(height // 2, width // 2),
        flat[luma + chroma :].reshape(height // 2, width // 2),
    )


def _frame_of(planes: Sequence[Plane]) -> VideoFrame:
    flat = np.concatenate([plane.reshape(-1) for plane in planes])
    return VideoFrame.from_ndarray(flat.reshape(-1, planes[0].shape[1]), format="yuv420p")

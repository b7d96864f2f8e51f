"""Looking at what was made: opened again, decoded, measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Clip:
    """A whole decoded clip; frames are RGB, upright as stored."""

    codec: str
    profile: str
    pixel_format: str
    tracks: int
    duration_s: float
    first_is_key: bool
    frames: list[Pixels]

    @property
    def size(self) -> tuple[int, int]:
        height, width, _ = self.frames[0].shape
        return width, height


def watch(path: Path) -> Clip:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        return Clip(
            codec=stream.codec_context.codec.canonical_name,
            profile=str(stream.codec_context.profile),
            pixel_format=str(stream.codec_context.pix_fmt),
            tracks=len(container.streams),
            duration_s=float((container.duration or 0) / av.time_base),
            first_is_key=frames[0].key_frame,
            frames=[_rgb(frame) for frame in frames],
        )


def look(path: Path) -> Pixels:
    with Image.open(path) as image:
        return rgb(image)


def rgb(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"))


def first_frame(path: Path, size: tuple[int, int]) -> Pixels:
    """Return a video's first frame as stored, scaled."""
    with av.open(str(path)) as container:
        frame = next(container.decode(container.streams.video[0]))
        return _rgb(frame.reformat(width=size[0], height=size[1]))


def is_picture(pixels: Pixels) -> bool:
    """Tell a picture from black, white or one colour."""
    return bool(10 < pixels.mean() < 245 and pixels.std() > 15)


def difference(one: Pixels, other: Pixels) -> float:
    """Return the mean difference of two pictures of the same size, 0 to 255."""
    return float(np.abs(one.astype(np.int16) - other.astype(np.int16)).mean())


def index_is_in_front(path: Path) -> bool:
    head = path.read_bytes()
    return head.index(b"moov") < head.index(b"mdat")


def _rgb(frame: av.VideoFrame) -> Pixels:
    return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)

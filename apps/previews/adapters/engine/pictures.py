"""Frames to upright RGB pictures, and how good they are to look at."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from PIL import Image, features

from apps.previews import rules
from apps.previews.rules import Size

Numbers = NDArray[np.float64]
Picture = NDArray[np.uint8]  # (height, width, 3), red green blue, upright

_LUMA: Final = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_DARK, _BRIGHT = 24.0, 236.0
_COLOURS_A_CHANNEL: Final = 4
# It keeps the tables of its last scaling: for tiles, the most of what one costs.
_reformatter: Final = VideoReformatter()


def display_size(frame: VideoFrame, pixel_shape: Fraction | None) -> Size:
    """Return the size to show: square pixels, and the right way up."""
    wide = max(1, round(frame.width * (pixel_shape or 1)))
    return (frame.height, wide) if is_sideways(frame) else (wide, frame.height)


def is_sideways(frame: VideoFrame) -> bool:
    return quarter_turns(frame) % 2 == 1


def quarter_turns(frame: VideoFrame) -> int:
    """Return counter-clockwise quarter turns that put the frame upright (display matrix)."""
    return round(frame.rotation / 90) % 4


def upright(frame: VideoFrame, size: Size) -> Picture:
    """Scale a frame to a displayed size, turn it upright and return it as RGB."""
    width, height = size[::-1] if is_sideways(frame) else size
    scaled = _reformatter.reformat(
        frame, width=width, height=height, format="rgb24", interpolation="AREA"
    )
    return np.ascontiguousarray(np.rot90(scaled.to_ndarray(), quarter_turns(frame)))


def framed(frame: VideoFrame, size: Size, pixel_shape: Fraction | None) -> Picture:
    """Return a frame upright in a size, between bars where its shape is another."""
    inside = rules.fit_inside(display_size(frame, pixel_shape), size)
    return _on_black(upright(frame, inside), size)


def fitted(picture: Picture, size: Size) -> Picture:
    """Scale a picture into a size, between bars where its shape is another."""
    inside = rules.fit_inside((picture.shape[1], picture.shape[0]), size)
    return _on_black(resized(picture, inside), size)


def _on_black(picture: Picture, size: Size) -> Picture:
    (width, height), (tall, wide, _) = size, picture.shape
    if (wide, tall) == size:
        return picture
    ground = np.zeros((height, width, 3), dtype=np.uint8)
    top, left = (height - tall) // 2, (width - wide) // 2
    ground[top : top + tall, left : left + wide] = picture
    return ground


def score(picture: Picture) -> float:
    """Return 0..3: contrast and sharpness add up; near black or white leaves next to nothing."""
    luma = picture.astype(np.float32) @ _LUMA
    laplacian = (
        4 * luma[1:-1, 1:-1] - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:]
    )
    sharpness = float(laplacian.var()) if laplacian.size else 0.0
    beauty = min(float(luma.std()) / 50, 1.5) + min(sharpness / 1000, 1.5)
    return beauty if _DARK < float(luma.mean()) < _BRIGHT else beauty / 100


def dominant_colour(picture: Picture) -> str:
    """Return the colour that most of the picture is near to, as `#rrggbb`."""
    few = Image.fromarray(picture).resize((64, 64)).quantize(colors=6)
    counts = few.getcolors() or []
    _, index = max(counts)
    palette = few.getpalette() or [0, 0, 0]
    start = 3 * int(str(index))
    red, green, blue = palette[start : start + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def colours(picture: Picture) -> tuple[float, ...]:
    """Return the picture's colour histogram: 64 shares that make 1."""
    coarse = (picture // (256 // _COLOURS_A_CHANNEL)).reshape(-1, 3).astype(np.intp)
    place = coarse @ np.array([_COLOURS_A_CHANNEL**2, _COLOURS_A_CHANNEL, 1])
    counts = np.bincount(place, minlength=_COLOURS_A_CHANNEL**3)
    return tuple((counts / counts.sum()).tolist())


def resized(picture: Picture, size: Size) -> Picture:
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    image = Image.fromarray(picture).resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    return np.asarray(image)


def write_jpeg(picture: Picture, path: Path, *, quality: int = 82) -> None:
    Image.fromarray(picture).save(path, "JPEG", quality=quality, progressive=True, optimize=True)


def write_quick_jpeg(picture: Picture, path: Path, *, quality: int = 82) -> None:
    """Write a JPEG in a fifth of the time, for a twenty-fifth more bytes."""
    Image.fromarray(picture).save(path, "JPEG", quality=quality)


def write_webp(picture: Picture, path: Path, *, quality: int = 76) -> None:
    Image.fromarray(picture).save(path, "WEBP", quality=quality, method=2)


def write_quick_webp(picture: Picture, path: Path, *, quality: int = 76) -> None:
    """Write a WebP in two thirds of the time, for an eighth more bytes."""
    Image.fromarray(picture).save(path, "WEBP", quality=quality, method=0)


def write_avif(picture: Picture, path: Path, *, quality: int = 55) -> None:
    Image.fromarray(picture).save(path, "AVIF", quality=quality, speed=10, max_threads=1)


def can_write_avif() -> bool:
    """Tell whether this Pillow was built with an encoder for it."""
    return bool(features.check("avif"))

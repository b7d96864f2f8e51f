"""ThumbHash: a picture's placeholder in about 25 bytes (evanw.github.io/thumbhash).

Written anew on numpy, as the packages for it are unkept, or take 30 ms a picture in plain Python.
Opaque pictures only: video has no transparency.
"""

from __future__ import annotations

import base64
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MOST_PIXELS: Final = 100  # a side; the format allows no more
_LUMA_TERMS: Final = 7
_Channel = NDArray[np.float64]


def of_picture(picture: NDArray[np.uint8]) -> str:
    """Return the hash of a picture (height, width, 3), in base64."""
    image = Image.fromarray(picture)
    image.thumbnail((MOST_PIXELS, MOST_PIXELS), Image.Resampling.BOX)
    return base64.b64encode(encode(np.asarray(image))).decode()


def encode(picture: NDArray[np.uint8]) -> bytes:
    """Return the hash of a picture of at most 100x100 pixels."""
    height, width, _ = picture.shape
    longer = max(width, height)
    across, down = (max(1, int(_LUMA_TERMS * side / longer + 0.5)) for side in (width, height))
    red, green, blue = np.moveaxis(picture / 255.0, 2, 0)
    luma = _Terms.of((red + green + blue) / 3, max(3, across), max(3, down))
    yellow = _Terms.of((red + green) / 2 - blue, 3, 3)
    crimson = _Terms.of(red - green, 3, 3)
    is_wide = width > height
    head = (
        _round(63 * luma.constant)
        | _round(31.5 + 31.5 * yellow.constant) << 6
        | _round(31.5 + 31.5 * crimson.constant) << 12
        | _round(31 * luma.scale) << 18
    )
    tail: int = (
        (down if is_wide else across)
        | _round(63 * yellow.scale) << 3
        | _round(63 * crimson.scale) << 9
        | is_wide << 15
    )
    nibbles = [*luma.nibbles, *yellow.nibbles, *crimson.nibbles]
    pairs = zip(nibbles[::2], [*nibbles[1::2], 0], strict=False)
    packed = bytes(low | high << 4 for low, high in pairs)
    return head.to_bytes(3, "little") + tail.to_bytes(2, "little") + packed


class _Terms:
    """A channel as its cosine transform: the constant term, the scale of the rest, the rest."""

    def __init__(self, constant: float, terms: _Channel) -> None:
        self.constant = constant
        self.scale = float(np.abs(terms).max(initial=0.0))
        scaled = 0.5 + 0.5 * terms / self.scale if self.scale else terms
        self.nibbles = [_round(15 * term) for term in scaled]

    @classmethod
    def of(cls, channel: _Channel, across: int, down: int) -> _Terms:
        height, width = channel.shape
        terms = _cosines(down, height) @ channel @ _cosines(across, width).T / channel.size
        kept = [
            terms[y, x]
            for y in range(down)
            for x in range(across)
            if (x or y) and x * down < across * (down - y)
        ]
        return cls(float(terms[0, 0]), np.array(kept))


def _cosines(terms: int, length: int) -> _Channel:
    places = (np.arange(length) + 0.5) * np.pi / length
    return np.asarray(np.cos(np.outer(np.arange(terms), places)))


def _round(number: float) -> int:
    """Round halves up, as the format's reference does."""
    return int(number + 0.5)

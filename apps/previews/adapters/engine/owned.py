"""A creator's own picture, looked at as warily as a video, and only its pixels kept."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from apps.previews import rules
from apps.previews.adapters.engine.job import Limits
from apps.previews.adapters.engine.pictures import Picture
from apps.previews.errors import NotAPicture, TooLarge, Truncated

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
Image.init()  # all at once, by the nursery; no format beside the list is ever tried
_MAX_PIXELS: Final = 64_000_000  # 8K phones take; decoded, 200 MB
_LONGEST: Final = max(rules.POSTER_LONG_SIDES.values())


def picture_of(path: Path, limits: Limits) -> Picture:
    """Return the pixels upright, on black where they are transparent, no larger than posters are.

    Raises:
        NotAPicture: it is of no format in the list.
        TooLarge: it says it has more pixels than anyone needs.
        Truncated: its end is missing.

    """
    try:
        with warnings.catch_warnings():
            # Pillow's own bound is a warning only; ours is asked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError as bomb:
        raise TooLarge(detail="far too many pixels") from bomb
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as failure:
        raise NotAPicture(detail="it begins like no picture we take") from failure
    with image:
        pixels = image.width * image.height
        if pixels > min(_MAX_PIXELS, limits.max_pixels):
            raise TooLarge(detail=f"{image.width}x{image.height} pixels")
        try:
            return _pixels(image)
        except (OSError, SyntaxError, ValueError) as failure:
            raise Truncated(detail="its pixels are not all there") from failure


def _pixels(image: Image.Image) -> Picture:
    image.draft("RGB", (2 * _LONGEST, 2 * _LONGEST))  # a JPEG is decoded at a fraction
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        ground = Image.new("RGBA", upright.size, (0, 0, 0, 255))
        upright = Image.alpha_composite(ground, upright)
    picture = upright.convert("RGB")
    picture.thumbnail((_LONGEST, _LONGEST), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return np.asarray(picture)

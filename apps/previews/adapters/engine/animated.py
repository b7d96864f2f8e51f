"""The first two seconds of a clip as an animated WebP, for lists where only an image tag works."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

from av.video.frame import VideoFrame
from PIL import Image

from apps.previews import rules
from apps.previews.adapters.engine import pictures
from apps.previews.ports import MadeAsset
from apps.previews.rules import Size

NAME: Final = "preview.webp"
MAX_BYTES: Final = 160_000  # as the smallest clip
_LONG_SIDE: Final = rules.POSTER_LONG_SIDES["small"]
_MOST_FRAMES: Final = 16
_EVERY_S: Final = 0.13  # every second picture of a clip of 15 a second
_QUALITIES: Final = (40, 10)


@dataclass(slots=True)
class Animation:
    """Sees the pictures of a clip go by, and keeps some of them small."""

    _frames: list[Image.Image] = field(default_factory=list)
    _times_s: list[float] = field(default_factory=list)

    def see(self, frame: VideoFrame, at_s: float) -> None:
        """Take an upright frame, where one is due."""
        is_early = bool(self._times_s) and at_s < self._times_s[-1] + _EVERY_S
        if is_early or len(self._frames) == _MOST_FRAMES:
            return
        size = rules.fit_long((frame.width, frame.height), _LONG_SIDE)
        self._frames.append(Image.fromarray(pictures.upright(frame, size)))
        self._times_s.append(at_s)

    def write(self, into: Path) -> list[MadeAsset]:
        """Write it; nothing of what does not move, or is too large however coarse."""
        if len(self._frames) > 1:
            for quality in _QUALITIES:
                encoded = self._encoded(quality)
                if len(encoded) <= MAX_BYTES:
                    (into / NAME).write_bytes(encoded)
                    return [self._asset(self._frames[0].size)]
        return []

    def _encoded(self, quality: int) -> bytes:
        written = io.BytesIO()
        first, *others = self._frames
        lasts_ms = [round(1000 * one_s) for one_s in self._lasts_s()]
        first.save(
            written,
            "WEBP",
            save_all=True,
            append_images=others,
            duration=lasts_ms,
            quality=quality,
            method=2,
        )
        return written.getvalue()

    def _lasts_s(self) -> list[float]:
        return [*(after_s - at_s for at_s, after_s in pairwise(self._times_s)), _EVERY_S]

    def _asset(self, size: Size) -> MadeAsset:
        return MadeAsset(
            kind="preview_webp",
            name=NAME,
            content_type="image/webp",
            width=size[0],
            height=size[1],
            duration_s=round(sum(self._lasts_s()), 3),
        )

"""Whether ffmpeg keeps up with an encoder that sends in its own time."""

from __future__ import annotations

from typing import Final

WINDOW_S: Final = 8.0
WAITED_SHARE: Final = 0.5


class Pressure:
    """Compares, window by window, what came with the time that ffmpeg made us wait.

    Waiting alone says nothing: who sends a file as fast as it goes makes ffmpeg the slowest, too.
    It is too slow where it makes us wait and yet less media passes than time.
    """

    def __init__(self) -> None:
        self.is_too_high = False
        self._began_s: float | None = None
        self._media_s = 0.0
        self._waited_s = 0.0

    def note(self, now_s: float, *, media_s: float, waited_s: float) -> None:
        """Note a write: the clock, the media time it reached, how long it waited."""
        if self._began_s is None:
            self._begin(now_s, media_s)
        self._waited_s += waited_s
        span_s = now_s - (self._began_s or 0.0)
        if span_s < WINDOW_S:
            return
        has_waited = self._waited_s > WAITED_SHARE * span_s
        self.is_too_high = has_waited and media_s - self._media_s < span_s
        self._begin(now_s, media_s)

    def _begin(self, now_s: float, media_s: float) -> None:
        self._began_s, self._media_s, self._waited_s = now_s, media_s, 0.0

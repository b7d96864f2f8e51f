"""How healthy an encoder's stream is, measured on its frames' times and sizes without decoding.

Rates are by the encoder's clock, over the last WINDOW_S of it: they say what a player has to load.
"""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass
from typing import Final

from workers.ingest import avc, chunks
from workers.ingest.avc import Picture, Sound
from workers.ingest.errors import MalformedRtmp

WINDOW_S: Final = 10
PAUSE_S: Final = 10  # a longer gap is a pause: nothing was dropped, nothing was sent

_MAX_FRAMES: Final = WINDOW_S * 240
_MAX_NOTED: Final = 2000
_RHYTHM_FRAMES: Final = 15
_GAP: Final = 1.75  # a frame is missing once the next is later than so many frames
_SETTINGS_HEAD_BYTES: Final = {chunks.VIDEO: 5, chunks.AUDIO: 2}


@dataclass(frozen=True, slots=True)
class Health:
    """Numbers of one session; spans in seconds, rates per second, 0 where unknown."""

    bitrate_bps: int = 0
    fps: float = 0.0
    keyframe_interval_s: float = 0.0
    width: int = 0
    height: int = 0
    dropped_frames: int = 0
    audio_bitrate_bps: int = 0


class Rate:
    """Sizes and times of one kind of frame, over the window."""

    def __init__(self) -> None:
        self._frames: deque[tuple[int, int]] = deque(maxlen=_MAX_FRAMES)

    def add(self, moment_ms: int, size: int) -> None:
        self._frames.append((moment_ms, size))

    def per_second(self) -> tuple[float, float]:
        """Return frames and bits a second; zeros until two frames have come."""
        frames = self._frames
        since = frames[-1][0] - WINDOW_S * 1000 if frames else 0
        while frames and frames[0][0] < since:
            frames.popleft()
        span_s = (frames[-1][0] - frames[0][0]) / 1000 if frames else 0.0
        if span_s <= 0:
            return 0.0, 0.0
        # The last frame ends where the next begins, outside of the span.
        bits = 8 * (sum(size for _, size in frames) - frames[-1][1])
        return (len(frames) - 1) / span_s, bits / span_s


class Rhythm:
    """The encoder's own frame rate, and how many frames did not come at it."""

    def __init__(self) -> None:
        self.dropped = 0
        self._steps: deque[int] = deque(maxlen=_RHYTHM_FRAMES)
        self._last_ms: int | None = None
        self._step_ms = 0.0

    def add(self, moment_ms: int) -> None:
        before, self._last_ms = self._last_ms, moment_ms
        if before is None or moment_ms <= before:
            return
        step = moment_ms - before
        self._steps.append(step)
        # The median is asked for where something seems wrong, so that most frames cost nothing.
        if step > _GAP * self._step_ms or len(self._steps) < _RHYTHM_FRAMES:
            self._step_ms = statistics.median(self._steps)
        if _GAP * self._step_ms < step < PAUSE_S * 1000:
            self.dropped += round(step / self._step_ms) - 1


class Meter:
    """Listens to all tracks of a session."""

    def __init__(self) -> None:
        self.picture: Picture | None = None
        self.sound: Sound | None = None
        self._video = Rate()
        self._audio = Rate()
        self._rhythm = Rhythm()
        self._noted: list[tuple[int, int, int, bool]] = []
        self._key_ms: int | None = None
        self._key_interval_ms = 0

    def settings(self, kind: int, payload: bytes) -> None:
        """Read what a track begins with; what cannot be read stays unknown."""
        record = payload[_SETTINGS_HEAD_BYTES[kind] :]
        try:
            if kind == chunks.VIDEO:
                self.picture = avc.read_picture(record)
            else:
                self.sound = avc.read_sound(record)
        except MalformedRtmp:  # ffmpeg will judge it; a number less is no reason to cut
            return

    def frame(self, kind: int, moment_ms: int, size: int, *, is_key: bool) -> None:
        """Note one frame. Thousands come a second: they are looked at when someone asks."""
        self._noted.append((kind, moment_ms, size, is_key))
        if len(self._noted) >= _MAX_NOTED:
            self._look()

    def _look(self) -> None:
        noted, self._noted = self._noted, []
        for kind, moment_ms, size, is_key in noted:
            if kind == chunks.AUDIO:
                self._audio.add(moment_ms, size)
                continue
            self._video.add(moment_ms, size)
            self._rhythm.add(moment_ms)
            if is_key:
                self._key_interval_ms = moment_ms - (
                    moment_ms if self._key_ms is None else self._key_ms
                )
                self._key_ms = moment_ms

    def health(self) -> Health:
        """Measure what came until now."""
        self._look()
        fps, bitrate = self._video.per_second()
        return Health(
            bitrate_bps=round(bitrate),
            fps=round(fps, 2),
            keyframe_interval_s=self._key_interval_ms / 1000,
            width=self.picture.width if self.picture else 0,
            height=self.picture.height if self.picture else 0,
            dropped_frames=self._rhythm.dropped,
            audio_bitrate_bps=round(self._audio.per_second()[1]),
        )

"""The file that is shared: H.264 and AAC that every phone and every site takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from apps.previews.adapters.engine.pictures import Picture
from apps.previews.adapters.engine.sound import RATE, Block
from apps.previews.rules import Size

NAME: Final = "share.mp4"
_MAX_BITS_A_S: Final = 4_000_000  # 90 s with both cards stay below what one file may have
_SOUND_BITS_A_S: Final = 128_000
_BLOCK: Final = 1024  # samples of one AAC frame
_ENCODING: Final = {
    "profile": "high",
    "level": "3.1",
    "preset": "veryfast",
    "crf": "22",
    "maxrate": str(_MAX_BITS_A_S),
    "bufsize": str(_MAX_BITS_A_S),
}


@dataclass(slots=True)
class Film:
    """Takes pictures one a tick, and sound up to where the pictures are."""

    output: OutputContainer
    pictures: VideoStream
    sound: AudioStream
    rate: int
    ticks: int = 0
    _samples: int = 0
    _waiting: list[Block] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        return self.ticks / self.rate

    def put(self, picture: Picture) -> None:
        frame = VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = self.ticks, Fraction(1, self.rate)
        self.output.mux(self.pictures.encode(frame))
        self.ticks += 1

    def put_sound(self, heard: Block) -> None:
        if not heard.size:
            return
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(heard), format="fltp", layout="stereo"
        )
        frame.sample_rate = RATE
        frame.pts, frame.time_base = self._samples, Fraction(1, RATE)
        self._samples += heard.shape[1]
        self.output.mux(self.sound.encode(frame))

    def sound_due(self) -> int:
        """Return how many whole AAC frames of samples the pictures are ahead."""
        ahead = round(self.duration_s * RATE) - self._samples
        return max(0, ahead // _BLOCK * _BLOCK)

    def finish(self) -> None:
        self.output.mux(self.pictures.encode(None))
        self.output.mux(self.sound.encode(None))


@contextmanager
def opened(into: Path, size: Size, rate: int, like: VideoCodecContext) -> Iterator[Film]:
    options = {"movflags": "+faststart"}
    with av.open(str(into / NAME), "w", format="mp4", options=options) as output:
        pictures = output.add_stream("libx264", rate=rate)
        context = pictures.codec_context
        context.width, context.height = size
        context.pix_fmt = "yuv420p"
        context.thread_count = 1
        context.colorspace = like.colorspace
        context.color_primaries = like.color_primaries
        context.color_trc = like.color_trc
        context.options = {**_ENCODING, "g": str(2 * rate)}
        sound = output.add_stream("aac", rate=RATE, layout="stereo")
        sound.codec_context.bit_rate = _SOUND_BITS_A_S
        yield Film(output, pictures, sound, rate)

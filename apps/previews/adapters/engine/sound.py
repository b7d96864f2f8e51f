"""The sound of a cut: decoded, in one format, in step with the pictures, with silence in gaps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from apps.previews.adapters.engine import sniff
from apps.previews.adapters.engine.index import BAD_DATA
from apps.previews.adapters.engine.job import Limits
from apps.previews.adapters.engine.reading import open_footage
from apps.previews.adapters.engine.source import open_container
from apps.previews.ports import Footage

RATE: Final = 48_000
CHANNELS: Final = 2
# Every decoder left out is one a hostile file cannot reach; such a file is shared without sound.
CODECS: Final = frozenset(
    {"aac", "mp3", "mp2", "opus", "vorbis", "ac3", "eac3", "flac", "alac", "pcm_s16le"}
)
_FADE_S: Final = 0.25
_PREROLL_S: Final = 0.1  # a decoder of AAC or Opus needs the packet before

Block = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds on the clock of the container, which pictures and sound have in common."""

    begins_s: float
    length_s: float

    @property
    def samples(self) -> int:
        return round(self.length_s * RATE)


def silence(length_s: float) -> Block:
    return np.zeros((CHANNELS, round(length_s * RATE)), np.float32)


def sound_of(footage: Footage, span: Span, limits: Limits) -> Block:
    """Return a span's samples, faded at both ends; silence where there is none. 34 MB in 90 s."""
    heard = silence(span.length_s)
    reader = open_footage(footage, limits)
    with closing(reader), open_container(reader, sniff.container_of(reader).demuxer, limits) as it:
        track = _track_of(it)
        if track:
            for at, block in _decoded(it, track, span):
                _lay(heard, at, block)
    ramp = np.linspace(0, 1, min(round(_FADE_S * RATE), heard.shape[1] // 2), dtype=np.float32)
    heard[:, : ramp.size] *= ramp
    heard[:, heard.shape[1] - ramp.size :] *= ramp[::-1]
    return heard


def _track_of(container: InputContainer) -> AudioStream | None:
    for track in container.streams.audio:
        codec = getattr(getattr(track, "codec_context", None), "codec", None)
        if codec is not None and codec.canonical_name in CODECS:
            return track
    return None


def _decoded(
    container: InputContainer, track: AudioStream, span: Span
) -> Iterator[tuple[int, Block]]:
    """Yield blocks with the sample of the span they begin at, which may lie before it."""
    resampler = AudioResampler(format="fltp", layout="stereo", rate=RATE)
    begins = max(0.0, span.begins_s - _PREROLL_S)
    container.seek(int(begins * av.time_base), backward=True)
    try:
        for frame in container.decode(track):
            if frame.pts is None or frame.time_base is None:
                continue
            at = round((float(frame.pts * frame.time_base) - span.begins_s) * RATE)
            if at >= span.samples:
                return
            yield at, _samples(resampler, frame)
    except (*BAD_DATA, av.error.EOFError):
        return  # damage: what came before it is good, the rest is silent


def _samples(resampler: AudioResampler, frame: AudioFrame) -> Block:
    parts = [one.to_ndarray() for one in resampler.resample(frame)]
    return np.concatenate(parts, axis=1) if parts else silence(0)


def _lay(heard: Block, at: int, block: Block) -> None:
    begins, ends = max(0, at), min(heard.shape[1], at + block.shape[1])
    if begins < ends:
        heard[:, begins:ends] = block[:, begins - at : ends - at]

"""The clip a card plays: muted H.264 that every phone decodes, index at the front."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from apps.previews import rules
from apps.previews.adapters.engine import pictures
from apps.previews.adapters.engine.source import Source
from apps.previews.errors import Truncated
from apps.previews.rules import Moment, Size


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """How a clip is made: shorter side in pixels, frames a second at most, constant quality."""

    short_side: int = 480
    rate: int = 30
    quality: int = 26


RECORDING: Final = Shape()
LIVE: Final = Shape(short_side=360, rate=15)


@dataclass(frozen=True, slots=True)
class Clip:
    size: Size
    duration_s: float


def write(
    source: Source, moments: Iterable[Moment], shown: Size, path: Path, shape: Shape
) -> Clip:
    """Write the moments one after the other.

    Raises:
        Truncated: not one frame of them could be decoded.

    """
    size = rules.fit_short_even(shown, shape.short_side)
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as output:
        stream = _stream(output.add_stream("libx264", rate=shape.rate), source, size, shape)
        tick = -1
        for moment in moments:
            first_tick = tick + 1
            for since_s, frame in source.frames(moment.at_s, moment.length_s):
                due = first_tick + int(since_s * shape.rate)
                if due <= tick:
                    continue  # more frames a second than the clip has
                tick = due
                output.mux(stream.encode(_prepared(frame, size, tick, shape)))
        if tick < 0:
            raise Truncated(detail="no frame of it can be decoded")
        output.mux(stream.encode(None))
    return Clip(size, (tick + 1) / shape.rate)


def _stream(stream: VideoStream, source: Source, size: Size, shape: Shape) -> VideoStream:
    context = stream.codec_context
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.thread_count = 1
    context.colorspace = source.context.colorspace
    context.color_primaries = source.context.color_primaries
    context.color_trc = source.context.color_trc
    context.options = {"preset": "veryfast", "crf": str(shape.quality), "profile": "main"}
    return stream


def _prepared(frame: VideoFrame, size: Size, tick: int, shape: Shape) -> VideoFrame:
    """Scale before turning: a quarter turn of a small frame costs little."""
    width, height = size[::-1] if pictures.is_sideways(frame) else size
    small = frame.reformat(width=width, height=height, format="yuv420p")
    turns = pictures.quarter_turns(frame)
    if turns:
        small = _turned(small, turns)
    small.pts = tick
    small.time_base = Fraction(1, shape.rate)
    small.pict_type = 0  # the source's frame types are not to bind the encoder
    return small


def _turned(frame: VideoFrame, turns: int) -> VideoFrame:
    """Turn a 4:2:0 frame counter-clockwise, plane by plane, without going through RGB."""
    width, height = frame.width, frame.height
    flat = frame.to_ndarray().reshape(-1)
    luma, chroma = width * height, width * height // 4
    planes = (
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(height // 2, width // 2),
        flat[luma + chroma :].reshape(height // 2, width // 2),
    )
    turned = np.concatenate([np.rot90(plane, turns).reshape(-1) for plane in planes])
    new_width = height if turns % 2 else width
    return VideoFrame.from_ndarray(turned.reshape(-1, new_width), format="yuv420p")

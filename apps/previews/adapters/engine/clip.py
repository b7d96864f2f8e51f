"""The clips a card plays: muted H.264 that every phone decodes, all sizes in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from apps.previews import rules
from apps.previews.adapters.engine import pictures, planes
from apps.previews.adapters.engine.source import Source
from apps.previews.errors import Truncated
from apps.previews.ports import MadeAsset
from apps.previews.rules import Moment, Size

# Android's compatibility definition (§5.3.4) and every iPhone decode Main at level 3.1: 720p30.
_COMPATIBLE: Final = {"profile": "main", "level": "3.1"}
_MOST_TICKS_A_FRAME: Final = 2
_ONLY_WHERE_TOLD: Final = {"forced-idr": "1", "g": "9999"}

Watch = Callable[[VideoFrame, float], None]  # a frame, and when the clip shows it


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """How a clip is made.

    short_side  pixels, at most
    rate        frames a second, at most
    quality     constant rate factor, as long as `max_bytes` allows it
    max_bytes   of six seconds; what would take more becomes coarser instead
    looks_ahead pictures the encoder holds: three at work hold most of what a child weighs
    """

    variant: str
    short_side: int
    rate: int
    quality: int
    max_bytes: int
    preset: str = "veryfast"
    looks_ahead: int = 4


RECORDING: Final = (
    Shape(variant="data-saver", short_side=240, rate=15, quality=28, max_bytes=160_000),
    Shape(variant="normal", short_side=480, rate=30, quality=26, max_bytes=640_000),
    Shape(variant="high", short_side=720, rate=30, quality=25, max_bytes=1_600_000),
)
LIVE: Final = (
    Shape(
        variant="data-saver",
        short_side=240,
        rate=15,
        quality=30,
        max_bytes=160_000,
        preset="superfast",
        looks_ahead=0,
    ),
    Shape(
        variant="normal",
        short_side=360,
        rate=15,
        quality=28,
        max_bytes=480_000,
        preset="superfast",
        looks_ahead=0,
    ),
)


@dataclass(slots=True)
class Writer:
    """One clip being written: it takes frames that are upright, at its size or above."""

    shape: Shape
    size: Size
    name: str
    output: OutputContainer
    stream: VideoStream
    pixel_shape: Fraction | None = None
    watch: Watch | None = None
    tick: int = -1
    _first_tick: int = 0
    _is_cut: bool = True
    _last: VideoFrame | None = None
    _scaler: VideoReformatter = field(default_factory=VideoReformatter)

    def cut(self) -> None:
        """Begin another moment: a key frame, as nothing before it looks like it."""
        self._first_tick, self._is_cut, self._last = self.tick + 1, True, None

    def is_due(self, since_s: float) -> bool:
        """Tell whether this is the time of another frame, seconds after the cut."""
        return self._first_tick + int(since_s * self.shape.rate) > self.tick

    def ticks(self, seconds: float) -> int:
        return round(seconds * self.shape.rate)

    def open_extradata(self) -> bytes:
        """Return the parameter sets all its pictures go by."""
        self.stream.codec_context.open(strict=False)
        return bytes(self.stream.codec_context.extradata or b"")

    def take_over(self, packet: Packet[VideoStream]) -> None:
        """Write a picture that is encoded already, and go on after it."""
        self.tick = max(self.tick, packet.pts or 0)
        packet.stream = self.stream
        self.output.mux(packet)

    def scaled(self, frame: VideoFrame, size: Size) -> VideoFrame:
        return self._scaler.reformat(
            frame, width=size[0], height=size[1], format="yuv420p", interpolation="AREA"
        )

    def put(self, frame: VideoFrame, since_s: float) -> None:
        due = self._first_tick + int(since_s * self.shape.rate)
        # A phone drops frames in the dark; a clip with holes would end before its last picture.
        while self._last and self.tick + _MOST_TICKS_A_FRAME < due:
            self._encode(self._last, self.tick + 1)
        self._encode(frame, due)
        self._last = frame
        if self.watch:
            self.watch(frame, due / self.shape.rate)

    def _encode(self, frame: VideoFrame, tick: int) -> None:
        self.tick = frame.pts = tick
        frame.time_base = Fraction(1, self.shape.rate)
        # Otherwise the source's frame types would bind the encoder.
        frame.pict_type = PictureType.I if self._is_cut else PictureType.NONE
        self._is_cut = False
        self.output.mux(self.stream.encode(frame))

    def finish(self) -> MadeAsset:
        self.output.mux(self.stream.encode(None))
        return MadeAsset(
            kind="preview",
            name=self.name,
            content_type="video/mp4",
            width=self.size[0],
            height=self.size[1],
            duration_s=(self.tick + 1) / self.shape.rate,
            variant=self.shape.variant,
        )


def write(
    source: Source,
    moments: Iterable[Moment],
    shown: Size,
    into: Path,
    shapes: Sequence[Shape],
    watch: Watch | None = None,
) -> list[MadeAsset]:
    """Write the moments one after the other into a clip of each shape the source is enough for.

    Each frame is decoded once, and scaled from the next larger size. `watch` sees the smallest.

    Raises:
        Truncated: not one frame of them could be decoded.

    """
    with ExitStack() as stack:
        writers = [
            stack.enter_context(opened(source, size, into, shape))
            for shape, size in sizes(shapes, shown)
        ]
        writers[0].watch = watch
        for moment in moments:
            put_frames(source.frames(moment.at_s, moment.length_s), writers)
        return finished(writers)


def put_frames(frames: Iterable[tuple[float, VideoFrame]], writers: Sequence[Writer]) -> None:
    """Write the frames of one moment, each with its seconds since the moment began."""
    for writer in writers:
        writer.cut()
    for since_s, frame in frames:
        _put(frame, since_s, writers)


def finished(writers: Sequence[Writer]) -> list[MadeAsset]:
    if any(writer.tick < 0 for writer in writers):
        raise Truncated(detail="no frame of it can be decoded")
    return [writer.finish() for writer in writers]


def sizes(shapes: Sequence[Shape], shown: Size) -> Iterator[tuple[Shape, Size]]:
    """Yield the shapes a source is enough for: none that would only repeat another."""
    seen: set[tuple[Size, int]] = set()
    for shape in shapes:
        size = rules.fit_clip(shown, shape.short_side)
        if (size, shape.rate) not in seen:
            seen.add((size, shape.rate))
            yield shape, size


@contextmanager
def opened(source: Source, size: Size, into: Path, shape: Shape) -> Iterator[Writer]:
    name = f"preview-{shape.variant}.mp4"
    with av.open(
        str(into / name), "w", format="mp4", options={"movflags": "+faststart"}
    ) as output:
        stream = _stream(output.add_stream("libx264", rate=shape.rate), source, size, shape)
        yield Writer(shape, size, name, output, stream, source.pixel_shape)


def _stream(stream: VideoStream, source: Source, size: Size, shape: Shape) -> VideoStream:
    context = stream.codec_context
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.thread_count = 1
    context.colorspace = source.context.colorspace
    context.color_primaries = source.context.color_primaries
    context.color_trc = source.context.color_trc
    # Six seconds may fill the budget, less a second's buffer that may be full at the start.
    rate = shape.max_bytes * 8 // 7
    context.options = {
        **_COMPATIBLE,
        **_ONLY_WHERE_TOLD,
        # Motion to half a pixel: at one quality a third less time than to a quarter, for a
        # twentieth more bytes.
        "x264-params": f"rc-lookahead={shape.looks_ahead}:bframes=2:subme=1",
        "preset": shape.preset,
        "crf": str(shape.quality),
        "maxrate": str(rate),
        "bufsize": str(rate),
    }
    return stream


def _put(frame: VideoFrame, since_s: float, writers: Sequence[Writer]) -> None:
    """Give a frame to each clip where it is due, from the largest down."""
    turns = pictures.quarter_turns(frame)
    shown = pictures.display_size(frame, writers[-1].pixel_shape)
    for writer in reversed(writers):
        if not writer.is_due(since_s):
            continue  # more frames a second than the clip has
        # The size may change within a file, as when a phone is turned: a clip has one.
        inside = rules.fit_inside(shown, writer.size)
        # Scaled before it is turned: a quarter turn of a small frame costs little.
        frame = writer.scaled(frame, inside[::-1] if turns % 2 else inside)
        if turns:
            frame, turns = planes.turned(frame, turns), 0
        if inside != writer.size:
            frame = planes.on_black(frame, writer.size)
        shown = writer.size
        writer.put(frame, since_s)

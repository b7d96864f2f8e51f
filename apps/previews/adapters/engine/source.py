"""One opened source: bounded before anything is decoded, sought by key frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Self

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from apps.previews import rules
from apps.previews.adapters.engine import sniff
from apps.previews.adapters.engine.index import BAD_DATA, Index, index_of, tick_s, ticks_of, walk
from apps.previews.adapters.engine.job import Limits
from apps.previews.adapters.engine.reading import FileReader, Reader, open_footage
from apps.previews.errors import (
    NotAVideo,
    NoVideoTrack,
    TooLarge,
    Truncated,
    UnsupportedCodec,
)
from apps.previews.ports import Footage

# Every decoder left out is one a hostile file cannot reach.
CODECS: Final = frozenset(
    {"h264", "hevc", "av1", "vp8", "vp9", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "prores"}
)
_MAX_STREAMS: Final = 32


@dataclass(slots=True)
class Source:
    """A video track and its key frames; times are seconds from its first frame."""

    reader: Reader
    container: InputContainer
    stream: VideoStream
    index: Index
    key_times: list[float]
    duration_s: float
    is_cut: bool

    @classmethod
    @contextmanager
    def opened(
        cls, footage: Footage, limits: Limits, *, is_coarse: bool = False
    ) -> Iterator[Self]:
        """Open, bound and index a source.

        A coarse one is decoded without smoothing the edges of blocks, which takes a quarter of
        the time and shows only at full size.

        Raises:
            MediaRefused: by its subclass, what is wrong with the file.
            MakerDown: its storage does not answer.

        """
        reader = open_footage(footage, limits)
        with closing(reader):
            kind = sniff.container_of(reader)
            container = open_container(reader, kind.demuxer, limits)
            with container:
                stream = _video_of(container)
                _bound(container, stream, limits)
                _prepare(stream, limits, is_coarse=is_coarse)
                yield cls._of(reader, container, stream, limits, is_cut=kind.is_cut)

    @classmethod
    def _of(
        cls,
        reader: Reader,
        container: InputContainer,
        stream: VideoStream,
        limits: Limits,
        *,
        is_cut: bool,
    ) -> Self:
        found = index_of(container, stream, reader.size)
        if not found.keys:
            raise Truncated(detail="it holds no key frame")
        _leave_the_rest(container, stream)
        first = found.keys[0]
        key_times = [(key - first) * tick_s(stream) for key in found.keys]
        duration_s = (found.last - first) * tick_s(stream) + 1 / _rate(stream)
        if duration_s > limits.max_duration_s:
            raise TooLarge(detail=f"longer than {limits.max_duration_s} s")
        return cls(reader, container, stream, found, key_times, duration_s, is_cut or found.is_cut)

    @property
    def _is_of_boxes(self) -> bool:
        return "mov" in self.container.format.name

    @property
    def context(self) -> VideoCodecContext:
        return self.stream.codec_context

    @property
    def pixel_shape(self) -> Fraction | None:
        """Return a pixel's width to its height; some files tell it only with a decoded frame."""
        return self.stream.sample_aspect_ratio or self.context.sample_aspect_ratio

    def skip_what_nothing_needs(self) -> None:
        """Leave out of decoding the frames no other refers to; the rest is still smooth enough."""
        self.context.skip_frame = "NONREF"

    def key_frame(self, at_s: float) -> VideoFrame | None:
        """Decode the key frame at or before a time, and it alone; None where it is damaged."""
        self.reader.expect(*self.index.spots[rules.index_at(self.key_times, at_s)])
        packet = next(self._packets(at_s), None)
        if packet is None:
            return None
        try:
            frames = [*self.context.decode(packet), *self.context.decode(None)]
        except BAD_DATA:
            return None
        return frames[0] if frames else None

    def frames(self, at_s: float, length_s: float) -> Iterator[tuple[float, VideoFrame]]:
        """Yield each frame and its seconds since the key frame at or before `at_s`.

        Stops at the first damage: what came before it is good.
        """
        first: int | None = None
        for frame in self._decoded(at_s):
            if frame.pts is None or (first is None and not frame.key_frame):
                continue  # leading pictures of an open group: their references are not here
            first = frame.pts if first is None else first
            # Not `frame.time`: it is no number for frames that come after the last packet.
            since_s = (frame.pts - first) * tick_s(self.stream)
            if since_s >= length_s:
                return
            if since_s >= 0:
                yield since_s, frame

    def _decoded(self, at_s: float) -> Iterator[VideoFrame]:
        try:
            for packet in self._packets(at_s):
                yield from self.context.decode(packet)
            yield from self.context.decode(None)
        except (*BAD_DATA, av.error.EOFError):
            return

    def _packets(self, at_s: float) -> Iterator[Packet[Stream]]:
        """Yield packets from the key frame at or before a time; a seek may land earlier."""
        keys = self.index.keys
        at = rules.index_at(self.key_times, at_s)
        wanted, after = keys[at], keys[min(at + 1, len(keys) - 1)]
        # Files of boxes are sought by the time shown, which is later than that decoded: half-way
        # to the next key frame is this one's in either. An earlier one would be read in vain.
        target = (wanted + after) // 2 if self._is_of_boxes else wanted
        try:
            self.container.seek(target, stream=self.stream, backward=True)
        except av.error.PermissionError:  # libav's -1: an index that lies leads nowhere
            return
        self.context.flush_buffers()
        has_begun = False
        for packet in walk(self.container, self.stream):
            has_begun = has_begun or (packet.is_keyframe and ticks_of(packet) >= wanted)
            if has_begun:
                yield packet


def open_container(reader: Reader, demuxer: str, limits: Limits) -> InputContainer:
    options = {
        # libav reads through our reader alone: no protocol of its own may open anything.
        "protocol_whitelist": "none",
        "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts",
        "probesize": str(5 * 1024**2),
        "analyzeduration": "5000000",
        "max_pixels": str(limits.max_pixels),
        "max_streams": str(_MAX_STREAMS),
    }
    if isinstance(reader, FileReader):
        # libav would decode a frame only to know its pixel format, which nobody asks for. Left to
        # wonder it reads on for some megabytes, which over a network would cost more.
        options["skip_frame"] = "all"
    reader.seek(0)
    try:
        return av.open(reader, "r", format=demuxer, options=options)
    except (av.error.FFmpegError, ValueError) as failure:
        raise NotAVideo(detail=f"{demuxer} cannot read it ({type(failure).__name__})") from failure


def _video_of(container: InputContainer) -> VideoStream:
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    moving = [one for one in container.streams.video if not one.disposition & covers]
    if not moving:
        raise NoVideoTrack(detail=f"{len(container.streams)} tracks, none of moving pictures")
    return moving[0]


def _prepare(stream: VideoStream, limits: Limits, *, is_coarse: bool) -> None:
    stream.codec_context.thread_count = 1
    stream.codec_context.options = {
        "max_pixels": str(limits.max_pixels),
        # Of a picture no other refers to, the blocks are gone for a thirtieth of a second.
        "skip_loop_filter": "all" if is_coarse else "noref",
    }


def _leave_the_rest(container: InputContainer, wanted: VideoStream) -> None:
    for stream in container.streams:
        if stream.index != wanted.index:
            stream.discard = Discard.all


def _bound(container: InputContainer, stream: VideoStream, limits: Limits) -> None:
    context = stream.codec_context
    # libav leaves the context out where it has no decoder at all, whatever the types say.
    name = getattr(getattr(context, "codec", None), "canonical_name", "unknown")
    if name not in CODECS:
        raise UnsupportedCodec(detail=name)
    if context.width * context.height > limits.max_pixels:
        raise TooLarge(detail=f"{context.width}x{context.height} pixels")
    if not context.width or not context.height:
        raise UnsupportedCodec(detail=f"{name} without a picture size")
    if (container.duration or 0) / av.time_base > limits.max_duration_s:
        raise TooLarge(detail=f"longer than {limits.max_duration_s} s")


def _rate(stream: VideoStream) -> float:
    return float(stream.average_rate or stream.guessed_rate or 25)

"""One opened source: bounded before anything is decoded, sought by key frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from apps.previews import rules
from apps.previews.adapters.engine import sniff
from apps.previews.adapters.engine.job import Limits
from apps.previews.errors import (
    MediaRefused,
    NotAVideo,
    NoVideoTrack,
    TooLarge,
    Truncated,
    UnsupportedCodec,
)

# Every decoder left out is one a hostile file cannot reach.
CODECS: Final = frozenset(
    {"h264", "hevc", "av1", "vp8", "vp9", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "prores"}
)
_MAX_STREAMS: Final = 32
_BAD_DATA: Final = (av.error.InvalidDataError, av.error.PatchWelcomeError)


@dataclass(slots=True)
class Source:
    """A video track and its key frames; times are seconds from its first frame."""

    container: InputContainer
    stream: VideoStream
    keys: list[int]  # ascending, in ticks of the stream's time base, good to seek to
    key_times: list[float]
    duration_s: float

    @classmethod
    def open(cls, path: Path, limits: Limits) -> Self:
        """Open, bound and index a file.

        Raises:
            MediaRefused: by its subclass, what is wrong with the file.

        """
        container = _open(path, sniff.demuxer_of(path), limits)
        stream = _video_of(container)
        _bound(container, stream, limits)
        context = stream.codec_context
        context.thread_count = 1
        context.options = {"max_pixels": str(limits.max_pixels)}
        keys, last = _index(container, stream)
        if not keys:
            raise Truncated(detail="it holds no key frame")
        tick_s = _tick_s(stream)
        key_times = [(key - keys[0]) * tick_s for key in keys]
        duration_s = (last - keys[0]) * tick_s + 1 / _rate(stream)
        return cls(container, stream, keys, key_times, duration_s)

    @property
    def context(self) -> VideoCodecContext:
        return self.stream.codec_context

    def key_frame(self, at_s: float) -> VideoFrame | None:
        """Decode the key frame at or before a time, and it alone; None where it is damaged."""
        packet = next(self._packets(at_s), None)
        if packet is None:
            return None
        try:
            frames = [*self.context.decode(packet), *self.context.decode(None)]
        except _BAD_DATA:
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
            since_s = (frame.pts - first) * _tick_s(self.stream)
            if since_s >= length_s:
                return
            if since_s >= 0:
                yield since_s, frame

    def _decoded(self, at_s: float) -> Iterator[VideoFrame]:
        try:
            for packet in self._packets(at_s):
                yield from self.context.decode(packet)
            yield from self.context.decode(None)
        except (*_BAD_DATA, av.error.EOFError):
            return

    def _packets(self, at_s: float) -> Iterator[Packet[VideoStream]]:
        """Yield packets from the key frame at or before a time; a seek may land earlier."""
        wanted = self.keys[rules.index_at(self.key_times, at_s)]
        self.container.seek(wanted, stream=self.stream, backward=True)
        self.context.flush_buffers()
        has_begun = False
        for packet in _walk(self.container, self.stream):
            has_begun = has_begun or (packet.is_keyframe and _ticks(packet) >= wanted)
            if has_begun:
                yield packet


def _open(path: Path, demuxer: str, limits: Limits) -> InputContainer:
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts",
        "probesize": str(5 * 1024**2),
        "analyzeduration": "5000000",
        "max_pixels": str(limits.max_pixels),
        "max_streams": str(_MAX_STREAMS),
    }
    try:
        # With its protocol spelled out, no file name can be read as another one.
        return av.open(f"file:{path}", format=demuxer, options=options)
    except MediaRefused:
        raise
    except (av.error.FFmpegError, ValueError) as failure:
        raise NotAVideo(detail=f"{demuxer} cannot read it ({type(failure).__name__})") from failure


def _video_of(container: InputContainer) -> VideoStream:
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    moving = [one for one in container.streams.video if not one.disposition & covers]
    if not moving:
        raise NoVideoTrack(detail=f"{len(container.streams)} tracks, none of moving pictures")
    wanted = moving[0]
    for stream in container.streams:
        if stream.index != wanted.index:
            stream.discard = Discard.all
    return wanted


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


def _index(container: InputContainer, stream: VideoStream) -> tuple[list[int], int]:
    """Return the seek ticks of every key frame, and those of the last frame.

    A file of boxes brings its index; where that is missing or covers only the beginning
    (fragmented files, transport streams) the packets are walked once, without decoding.
    """
    keys, last = _brought_index(stream)
    told_s = (container.duration or 0) / av.time_base
    if keys and (last - keys[0]) * _tick_s(stream) >= 0.9 * told_s:
        return keys, last
    return _walked_index(container, stream)


def _brought_index(stream: VideoStream) -> tuple[list[int], int]:
    keys: list[int] = []
    last = 0
    for entry in stream.index_entries:
        if entry.is_discard:
            continue
        last = max(last, entry.timestamp)
        if entry.is_keyframe:
            keys.append(entry.timestamp)
    return sorted(set(keys)), last


def _walked_index(container: InputContainer, stream: VideoStream) -> tuple[list[int], int]:
    keys: list[int] = []
    last = 0
    for packet in _walk(container, stream):
        last = max(last, _ticks(packet))
        if packet.is_keyframe:
            keys.append(_ticks(packet))
    return sorted(set(keys)), last


def _walk(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Yield every packet that says when it is due; damage ends the video, but not the work."""
    try:
        for packet in container.demux(stream):
            if packet.size and packet.pts is not None:
                yield packet
    except (*_BAD_DATA, av.error.EOFError):
        return


def _ticks(packet: Packet[VideoStream]) -> int:
    """Return what its container seeks by: Matroska by the time shown, others by that decoded."""
    is_matroska = "matroska" in packet.stream.container.format.name
    due = packet.pts if is_matroska or packet.dts is None else packet.dts
    return due or 0


def _tick_s(stream: VideoStream) -> float:
    return float(stream.time_base or 1 / av.time_base)


def _rate(stream: VideoStream) -> float:
    return float(stream.average_rate or stream.guessed_rate or 25)

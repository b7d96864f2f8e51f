"""Where the key frames of a source lie, and how lively each is, told without decoding anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from apps.previews.adapters.engine.pictures import Numbers

BAD_DATA: Final = (av.error.InvalidDataError, av.error.PatchWelcomeError)
# A container that tells a longer duration than its packets fill was cut.
_FILLED: Final = 0.9
_LIVELY_S: Final = 2.0

Spot = tuple[int, int]  # offset and length in bytes
Rows = NDArray[np.void]  # a packet each; a long file has millions, so no objects
_ROW: Final = np.dtype(
    [("ticks", "i8"), ("at", "i8"), ("bytes", "i8"), ("is_key", "?"), ("is_video", "?")]
)
_NOTHING: Final[Rows] = np.zeros(0, dtype=_ROW)


@dataclass(frozen=True, slots=True)
class Index:
    """Key frames in ascending ticks of the stream's time base, good to seek to.

    spots        where each lies in the file; (0, 0) where its container does not say
    last         ticks of the last frame
    motion       bytes a second after each key frame, without it: what moves costs bytes
    loudness     bytes a second of sound beside it: silence costs next to none
    is_cut       packets the container speaks of are missing
    """

    keys: list[int]
    spots: list[Spot]
    last: int
    motion: Numbers
    loudness: Numbers
    is_cut: bool


def index_of(container: InputContainer, stream: VideoStream, size: int) -> Index:
    """Index a source of that many bytes.

    A file of boxes brings its index; where that is missing or covers only the beginning
    (fragmented files, transport streams) the packets are walked once.
    """
    told_s = (container.duration or 0) / av.time_base
    audio: Stream | None = container.streams.audio[0] if container.streams.audio else None
    told, sound = _brought(stream), _brought(audio) if audio else _NOTHING
    video = told[told["at"] + told["bytes"] <= size]
    is_cut = len(video) < len(told)
    if not is_cut and not _covers(video, stream, told_s):
        rows = _walked(container, stream, audio)
        video, sound = rows[rows["is_video"]], rows[~rows["is_video"]]
        is_cut = not _covers(video, stream, told_s)
    return _index(video, sound, (tick_s(stream), tick_s(audio or stream)), is_cut=is_cut)


def walk(container: InputContainer, *streams: Stream) -> Iterator[Packet[Stream]]:
    """Yield every packet that says when it is due; damage ends the video, but not the work."""
    try:
        for packet in container.demux(*streams):
            if packet.size and packet.pts is not None:
                yield packet
    except (*BAD_DATA, av.error.EOFError):
        return


def ticks_of(packet: Packet[Stream]) -> int:
    """Return what its container seeks by: Matroska by the time shown, others by that decoded."""
    is_matroska = "matroska" in packet.stream.container.format.name
    due = packet.pts if is_matroska or packet.dts is None else packet.dts
    return due or 0


def tick_s(stream: Stream) -> float:
    return float(stream.time_base or 1 / av.time_base)


def _brought(stream: Stream) -> Rows:
    return np.fromiter(
        (
            (entry.timestamp, entry.pos, entry.size, entry.is_keyframe, True)
            for entry in stream.index_entries
            if not entry.is_discard
        ),
        dtype=_ROW,
    )


def _walked(container: InputContainer, stream: VideoStream, audio: Stream | None) -> Rows:
    return np.fromiter(
        (
            (
                *(ticks_of(packet), packet.pos or 0, packet.size, packet.is_keyframe),
                packet.stream.index == stream.index,
            )
            for packet in walk(container, *([stream, audio] if audio else [stream]))
        ),
        dtype=_ROW,
    )


def _covers(video: Rows, stream: VideoStream, told_s: float) -> bool:
    if not video["is_key"].any():
        return False
    ticks = video["ticks"]
    return bool((ticks.max() - ticks.min()) * tick_s(stream) >= _FILLED * told_s - 1.0)


def _index(video: Rows, sound: Rows, tick: tuple[float, float], *, is_cut: bool) -> Index:
    ticks, first = np.unique(video[video["is_key"]]["ticks"], return_index=True)
    keys = video[video["is_key"]][first]
    begins_s = ticks * tick[0]
    return Index(
        keys=ticks.tolist(),
        spots=list(zip(keys["at"].tolist(), keys["bytes"].tolist(), strict=True)),
        last=int(video["ticks"].max()) if len(video) else 0,
        motion=_bytes_after(begins_s, video[~video["is_key"]], tick[0]),
        loudness=_bytes_after(begins_s, sound, tick[1]),
        is_cut=is_cut,
    )


def _bytes_after(begins_s: Numbers, rows: Rows, tick: float) -> Numbers:
    """Return the bytes a second in the seconds after each begin."""
    if not len(rows):
        return np.zeros(begins_s.size)
    order = np.argsort(rows["ticks"], kind="stable")
    times_s = rows["ticks"][order] * tick
    total = np.concatenate([[0], np.cumsum(rows["bytes"][order])])
    first, after = (np.searchsorted(times_s, begins_s + since) for since in (0.0, _LIVELY_S))
    return np.asarray((total[after] - total[first]) / _LIVELY_S, dtype=np.float64)

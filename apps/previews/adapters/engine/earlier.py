"""The end of a clip made before, taken over as it is: neither decoded nor encoded again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.stream import VideoStream

from apps.previews.adapters.engine.clip import Writer

_PARAMETER_SETS: Final = {7, 8}  # ITU-T H.264 §7.4.1: sequence and picture
_START: Final = b"\x00\x00\x01"


def continue_from(before: Path | None, writer: Writer, most_s: float) -> bool:
    """Copy the newest moments, up to so many seconds, of a clip into one that begins.

    Returns whether that was possible. A clip of another size or encoder is left alone:
    a decoder is set up once a file.
    """
    if before is None:
        return False
    try:
        with av.open(str(before), format="mov", options={"protocol_whitelist": "file"}) as opened:
            stream = opened.streams.video[0]
            if not _goes_with(stream, writer):
                return False
            packets = _newest(list(opened.demux(stream)), writer.ticks(most_s))
            _copy(packets, stream, writer)
    except (av.error.FFmpegError, IndexError):
        return False
    return bool(packets)


def _goes_with(stream: VideoStream, writer: Writer) -> bool:
    context = stream.codec_context
    if context.name != "h264" or (context.width, context.height) != writer.size:
        return False
    ours = writer.open_extradata()
    theirs = bytes(context.extradata or b"")
    sets = [unit for unit in _units(ours) if unit and unit[0] & 31 in _PARAMETER_SETS]
    return bool(sets) and all(unit in theirs for unit in sets)


def _units(stream: bytes) -> list[bytes]:
    """Split a byte stream into its units (ITU-T H.264 annex B)."""
    return [unit.rstrip(b"\x00") for unit in stream.split(_START)]


def _newest(packets: list[Packet[VideoStream]], most: int) -> list[Packet[VideoStream]]:
    """Return the last packets that begin with a key frame and are not more than `most`."""
    whole = [packet for packet in packets if packet.pts is not None and packet.size]
    begins = [at for at, packet in enumerate(whole) if packet.is_keyframe]
    fitting = [at for at in begins if len(whole) - at <= most]
    return whole[fitting[0] :] if fitting else []


def _copy(packets: list[Packet[VideoStream]], stream: VideoStream, writer: Writer) -> None:
    if not packets:
        return
    tick = Fraction(1, writer.shape.rate)
    scale = Fraction(stream.time_base or tick) / tick
    first = packets[0].pts or 0
    unpacked = BitStreamFilterContext("h264_mp4toannexb", stream)
    for packet in packets:
        for one in unpacked.filter(packet):
            one.pts = round(((one.pts or 0) - first) * scale)
            one.dts = round(((one.dts or 0) - first) * scale)
            one.time_base = tick
            writer.take_over(one)

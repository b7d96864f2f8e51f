"""A look at video files, as a process of its own: `python -m apps.streams.adapters.looking FILE…`.

Decoders work here on what came from outside; a file that makes one crash or hang ends this process
and nothing else. One JSON list on stdout: for each file what it is, or why it cannot be read.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import av
from av.error import FFmpegError
from av.video.frame import VideoFrame

# Nothing that names another file or host: playlists, concat lists and the like are no video here.
_DEMUXERS: Final = ("mov", "mpegts", "flv")
_OPTIONS: Final = {"protocol_whitelist": "file", "probesize": "5000000"}
_MOST_PIXELS: Final = 8192 * 4320
# How many pictures may be thrown away before one comes out; more than a group of them.
_PATIENCE: Final = 900
_LARGE, _LEAST_BOX = 1, 8  # a length that stands elsewhere; a header
_ENOUGH_S: Final = 2.0


def look(path: Path) -> dict[str, Any]:
    """Return what a file is; with `refused` alone where it is no video."""
    refused = []
    for demuxer in _DEMUXERS:
        try:
            with av.open(str(path), "r", format=demuxer, options=_OPTIONS) as opened:
                return {**_looked(opened), "is_whole": demuxer != "mov" or _is_whole(path)}
        except (FFmpegError, IndexError, ValueError) as wrong:
            refused.append(f"{type(wrong).__name__}: {wrong}"[:200])
    return {"refused": refused[0]}


def _is_whole(path: Path) -> bool:
    """Say whether the last box of an MP4 ends where the file does (ISO/IEC 14496-12, 4.2)."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            header = file.read(16)
            length = int.from_bytes(header[:4])
            if length == _LARGE:
                length = int.from_bytes(header[8:16])
            if length < _LEAST_BOX:  # 0: up to the end, whatever that is
                return False
            at += length
    return at == size


def _looked(opened: Any) -> dict[str, Any]:
    video = opened.streams.video[0]
    sound = opened.streams.audio[0] if opened.streams.audio else None
    context = video.codec_context
    if context.width * context.height > _MOST_PIXELS:
        return {"refused": f"{context.width}x{context.height} is too large"}
    context.thread_count = 1
    duration_s = (opened.duration or 0) / av.time_base
    places = {"start": 0.0, "middle": duration_s / 2, "end": max(0.0, duration_s - _ENOUGH_S)}
    shown = {name: _picture(opened, video, at_s) for name, at_s in places.items()}
    first = next((frame for frame in shown.values() if frame is not None), None)
    if first is None:
        return {"refused": "no picture can be decoded"}
    turned = abs(int(getattr(first, "rotation", 0))) % 180 == 90  # noqa: PLR2004 (degrees)
    width, height = (first.height, first.width) if turned else (first.width, first.height)
    return {
        "duration_s": duration_s,
        "width": width,
        "height": height,
        "has_audio": sound is not None,
        "undecodable": [name for name, frame in shown.items() if frame is None],
        "kind": _kind(context, sound),
    }


def _picture(opened: Any, video: Any, at_s: float) -> VideoFrame | None:
    """Decode one picture at a place, or None. The last group of pictures is part of the end."""
    with suppress(FFmpegError, ValueError):
        start = video.start_time or 0
        opened.seek(start + int(at_s / video.time_base), stream=video, backward=True)
        for nth, frame in enumerate(opened.decode(video)):
            if not frame.is_corrupt:
                return frame  # type: ignore[no-any-return]
            if nth > _PATIENCE:
                break
    return None


def _kind(context: Any, sound: Any) -> list[object]:
    """Return what has to be alike in parts that are joined packet by packet."""
    pictures = [context.name, context.profile, context.width, context.height, context.pix_fmt]
    if sound is None:
        return [*pictures, None]
    heard = sound.codec_context
    return [*pictures, heard.name, heard.sample_rate, heard.layout.nb_channels]


if __name__ == "__main__":
    sys.stdout.write(json.dumps([look(Path(name)) for name in sys.argv[1:]]))

"""`python -m bench.previews_floor FILE`: a preview set by bare PyAV, with nothing chosen.

The same number of key frames, tiles, seconds, sizes, encoders and files as ours; it looks at no
picture, keeps no limit, asks nothing of its source.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from PIL import Image

CLIPS = ((240, 426, 15, "29"), (480, 854, 30, "27"), (720, 1280, 30, "26"))
POSTERS = ((320, 180), (640, 360), (960, 540), (1280, 720))
FORMATS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("JPEG", {"quality": 82, "progressive": True, "optimize": True}),
    ("WEBP", {"quality": 76, "method": 2}),
    ("AVIF", {"quality": 55, "speed": 10, "max_threads": 1}),
)
CLIP_S = 6.0
TWENTY_MINUTES_S = 1200
SHEET_TILES = 100


def main(path: str) -> None:
    before = _cpu()
    with tempfile.TemporaryDirectory() as folder, av.open(path) as source:
        stream = source.streams.video[0]
        stream.codec_context.thread_count = 1
        keys = [entry.timestamp for entry in stream.index_entries if entry.is_keyframe]
        length_s = (stream.duration or 0) * _tick_s(stream)
        every_s = 6.0 if length_s <= TWENTY_MINUTES_S else 10.0
        tick = _tick_s(stream)
        wanted = sorted(
            {
                max(key for key in keys if key * tick <= at * every_s) if at else keys[0]
                for at in range(int(length_s / every_s))
            }
        )
        frame = _storyboard(source, stream, wanted, Path(folder))
        _stills(frame, Path(folder))
        _clips(source, stream, wanted[len(wanted) // 2], Path(folder))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu_s": _cpu() - before, "peak_rss_mb": usage.ru_maxrss / 1024}))


def _storyboard(
    source: InputContainer, stream: VideoStream, wanted: list[int], folder: Path
) -> VideoFrame:
    scaler, tiles = VideoReformatter(), []
    for number, key in enumerate(wanted):
        source.seek(key + 1024, stream=stream)
        stream.codec_context.flush_buffers()
        packet = next(source.demux(stream))
        frame = (stream.codec_context.decode(packet) + stream.codec_context.decode(None))[0]
        small = scaler.reformat(frame, 160, 90, "rgb24", interpolation="AREA")
        tiles.append(small.to_ndarray())
        if len(tiles) == SHEET_TILES or number == len(wanted) - 1:
            rows = [np.hstack(tiles[at : at + 10]) for at in range(0, len(tiles) // 10 * 10, 10)]
            Image.fromarray(np.vstack(rows)).save(
                folder / f"{number}.jpg", quality=72, progressive=True, optimize=True
            )
            tiles = []
    return frame


def _stills(frame: VideoFrame, folder: Path) -> None:
    picture = Image.fromarray(
        VideoReformatter().reformat(frame, 1280, 720, "rgb24", interpolation="AREA").to_ndarray()
    )
    picture.save(folder / "candidate.jpg", **FORMATS[0][1])
    for size in POSTERS:
        scaled = picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
        for name, how in FORMATS:
            scaled.save(folder / f"poster-{size[0]}.{name.lower()}", name, **how)


def _clips(source: InputContainer, stream: VideoStream, begin: int, folder: Path) -> None:
    outputs = []
    for height, width, rate, quality in CLIPS:
        output = av.open(str(folder / f"{height}.mp4"), "w", options={"movflags": "+faststart"})
        video = output.add_stream("libx264", rate=rate)
        context = video.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.thread_count = 1
        context.options = {
            "preset": "veryfast",
            "crf": quality,
            "profile": "main",
            "x264-params": "rc-lookahead=4:bframes=2:subme=1",
        }
        outputs.append((output, video, VideoReformatter(), rate))
    source.seek(begin + 1024, stream=stream)
    stream.codec_context.flush_buffers()
    first = None
    for frame in source.decode(stream):
        first = frame.pts if first is None else first
        number = round(((frame.pts or 0) - (first or 0)) * _tick_s(stream) * 30)
        if number >= CLIP_S * 30:
            break
        for output, video, scaler, rate in reversed(outputs):
            if number % (30 // rate):
                continue
            context = video.codec_context
            frame = scaler.reformat(  # noqa: PLW2901 (the next one scales this)
                frame, context.width, context.height, "yuv420p", interpolation="AREA"
            )
            frame.pts, frame.time_base, frame.pict_type = (
                number * rate // 30,
                Fraction(1, rate),
                PictureType.NONE,
            )
            output.mux(video.encode(frame))
    for output, video, _, _ in outputs:
        output.mux(video.encode(None))
        output.close()


def _tick_s(stream: VideoStream) -> float:
    return float(stream.time_base or 0)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main(sys.argv[1])

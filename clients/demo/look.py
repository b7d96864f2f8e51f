"""Looking at what was made: playlists, pictures and video are opened, not believed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

import av
from PIL import Image
from typing_extensions import override

from clients.demo.report import NotTrue, check

MEDIA_LINE = re.compile(r"^(?!#)\S+$", re.MULTILINE)
FLAT = 20  # of 255 levels: less than this between darkest and brightest shows nothing
INIT_LINE = re.compile(r'#EXT-X-MAP:URI="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Video:
    """What a video file turned out to be."""

    width: int
    height: int
    duration_s: float
    has_audio: bool
    pictures: int
    first_is_key: bool
    size_bytes: int

    @override
    def __str__(self) -> str:
        sound = "with sound" if self.has_audio else "no sound"
        size = f"{self.size_bytes / 1e6:.1f} MB"
        return f"{self.width}x{self.height}, {self.duration_s:.1f} s, {sound}, {size}"


def look_at_video(body: bytes) -> Video:
    """Decode a whole file.

    Raises:
        NotTrue: it is no video, or not a picture of it decodes.

    """
    try:
        with av.open(io.BytesIO(body), "r") as opened:
            stream = opened.streams.video[0]
            has_audio = bool(opened.streams.audio)
            frames = [(frame.key_frame, frame.time or 0.0) for frame in opened.decode(stream)]
            width, height = stream.codec_context.width, stream.codec_context.height
    except (av.error.FFmpegError, IndexError) as broken:
        raise NotTrue(f"no video: {broken}") from broken
    check(that=bool(frames), otherwise="a video without a picture")
    # by the pictures themselves: a live segment's clock does not start at 0
    seconds = frames[-1][1] - frames[0][1]
    return Video(width, height, seconds, has_audio, len(frames), frames[0][0], len(body))


def look_at_hls(url: str, fetch: Callable[[str], bytes]) -> tuple[int, Video]:
    """Fetch a playlist and its newest segments; return how many it lists, and what they show."""
    playlist = fetch(url).decode()
    segments = MEDIA_LINE.findall(playlist)
    inits = INIT_LINE.findall(playlist)
    check(that=bool(segments and inits), otherwise=f"an empty playlist:\n{playlist}")
    newest = playlist[playlist.rindex("#EXT-X-MAP") :]
    names = MEDIA_LINE.findall(newest)[-2:]
    body = b"".join(fetch(urljoin(url, name)) for name in (inits[-1], *names))
    return len(segments), look_at_video(body)


def look_at_picture(body: bytes) -> tuple[int, int]:
    """Return width and height of a picture that is not one flat colour.

    Raises:
        NotTrue: it is no picture, or shows nothing.

    """
    with Image.open(io.BytesIO(body)) as picture:
        darkest, brightest = picture.convert("L").getextrema()
        check(that=brightest - darkest > FLAT, otherwise="a picture that shows nothing")
        return picture.width, picture.height

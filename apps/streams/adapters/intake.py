"""Intake over PyAV, which looks, and ffmpeg, which writes: by content, never by name."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from imageio_ffmpeg import get_ffmpeg_exe

from apps.streams.adapters.ffmpeg import FfmpegEditor
from apps.streams.errors import BadRecording, NotAVideo
from apps.streams.ports import Probe
from kit.children import bound_to_us

# What phones record into. A playlist is none of them: it would name files of ours to be read.
FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts"
LIMITS: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": FORMATS,
    "probesize": str(5 << 20),
    "analyzeduration": "5000000",
    "max_streams": "32",
}
PICTURES: Final = frozenset({"h264", "hevc", "av1", "vp9"})
SOUND: Final = frozenset({"aac", "mp3", "opus"})  # else it is encoded anew, which is cheap
MAX_SIDE: Final = 8_192


@dataclass(frozen=True, slots=True)
class FfmpegIntake:
    """Copies pictures, so that an hour takes seconds; puts the index in front."""

    timeout_s: float = 540.0

    def take_in(self, source: Path, target: Path) -> Probe:
        copies_sound = _look(source)
        audio = ("-c:a", "copy") if copies_sound else ("-c:a", "aac", "-b:a", "160k")
        limits = [part for name, value in LIMITS.items() for part in (f"-{name}", value)]
        command = [
            *(get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
            *limits,
            *("-i", f"file:{source}", "-map", "0:V:0", "-map", "0:a:0?", "-map_metadata", "-1"),
            *("-c:v", "copy", *audio, "-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
        ]
        _run(command, self.timeout_s)
        return _written(target)


def _look(source: Path) -> bool:
    """Refuse what no phone plays; return whether its sound may stay as it is."""
    try:
        with av.open(f"file:{source}", "r", options=LIMITS) as opened:
            _look_at_pictures(opened)
            return all(one.codec_context.name in SOUND for one in opened.streams.audio[:1])
    except (FFmpegError, ValueError) as unreadable:
        raise NotAVideo(why=f"it cannot be read ({type(unreadable).__name__})") from unreadable


def _look_at_pictures(opened: InputContainer) -> None:
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    moving = [one for one in opened.streams.video if not one.disposition & covers]
    if not moving:
        raise NotAVideo(why="it has no moving pictures")
    codec = moving[0].codec_context
    if codec.name not in PICTURES:
        raise NotAVideo(why=f"its pictures are {codec.name}")
    if max(codec.width, codec.height) > MAX_SIDE:
        raise NotAVideo(why=f"its pictures have {codec.width} by {codec.height} pixels")
    if not any(True for _ in opened.decode(moving[0])):
        raise NotAVideo(why="no picture of it can be decoded")


def _run(command: list[str], timeout_s: float) -> None:
    try:
        subprocess.run(  # noqa: S603 (our own command)
            bound_to_us(command), check=True, capture_output=True, timeout=timeout_s
        )
    except subprocess.CalledProcessError as failed:
        said = failed.stderr.decode(errors="replace").strip()
        if "No space left" in said:
            raise OSError("no space left to take it in") from failed
        raise NotAVideo(why=said[-200:] or "ffmpeg refuses it") from failed
    except subprocess.TimeoutExpired as slow:
        raise NotAVideo(why="taking it in took too long") from slow


def _written(target: Path) -> Probe:
    try:
        return FfmpegEditor().inspect(target)
    except BadRecording as unreadable:
        raise NotAVideo(why="nothing playable could be made of it") from unreadable

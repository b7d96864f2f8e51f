"""Joiner over ffmpeg's concat demuxer, and PyAV to look at the result."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
from av.error import FFmpegError
from imageio_ffmpeg import get_ffmpeg_exe

from apps.streams.errors import BadRecording
from apps.streams.ports import Probe
from kit.children import bound_to_us

BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class FfmpegJoiner:
    """Copies packets, never re-encodes: an hour takes seconds."""

    timeout_s: float = 540.0

    def join(self, parts: list[Path], target: Path) -> Probe:
        readable = [part for part in parts if _has_video(part)]
        if not readable:
            raise BadRecording(broadcast_id=parts[0].parent.parent.name, why="no part has video")
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
            listed.writelines(f"file '{part.resolve()}'\n" for part in readable)
            listed.flush()
            self._run(Path(listed.name), target)
        return probe(target)

    def _run(self, listed: Path, target: Path) -> None:
        command = [
            *(get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
            *("-f", "concat", "-safe", "0", "-protocol_whitelist", "file", "-i", str(listed)),
            *("-c", "copy", "-movflags", "+faststart", "-f", "mp4", str(target)),
        ]
        try:
            subprocess.run(  # noqa: S603 (our own command)
                bound_to_us(command), check=True, capture_output=True, timeout=self.timeout_s
            )
        except subprocess.CalledProcessError as failed:
            why = failed.stderr.decode(errors="replace").strip()[-300:]
            raise BadRecording(broadcast_id=target.stem, why=why) from failed
        except subprocess.TimeoutExpired as slow:
            raise BadRecording(broadcast_id=target.stem, why="joining took too long") from slow


def _has_video(part: Path) -> bool:
    """Say whether at least one picture of a part can be decoded."""
    try:
        with av.open(str(part), "r", options={"protocol_whitelist": "file"}) as opened:
            return any(True for _ in opened.decode(video=0))
    except (FFmpegError, IndexError):
        return False


def probe(path: Path) -> Probe:
    with av.open(str(path), "r", options={"protocol_whitelist": "file"}) as opened:
        video = opened.streams.video[0]
        duration_s = (opened.duration or 0) / av.time_base
        width, height = video.codec_context.width, video.codec_context.height
        has_audio = len(opened.streams.audio) > 0
    digest = hashlib.sha256()
    with path.open("rb") as body:
        while block := body.read(BLOCK_BYTES):
            digest.update(block)
    return Probe(
        duration_s=duration_s,
        width=width,
        height=height,
        has_audio=has_audio,
        size_bytes=path.stat().st_size,
        sha256=digest.hexdigest(),
    )

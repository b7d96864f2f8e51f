"""Which H.264 encoder this machine really has: one that is listed and also encodes."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from typing import Final

import structlog
from imageio_ffmpeg import get_ffmpeg_exe

log = structlog.get_logger()

# In order of preference, with what each needs besides a bitrate. All cut at forced key frames.
_HARDWARE: Final = {
    "h264_nvenc": ("-preset", "p4", "-forced-idr", "1"),
    "h264_qsv": ("-preset", "veryfast", "-forced_idr", "1"),
    "h264_videotoolbox": ("-realtime", "0"),
}
_SOFTWARE: Final = ("-c:v", "libx264", "-preset", "veryfast", "-sc_threshold", "0")
_TRY_S: Final = 20


@cache
def h264() -> tuple[str, ...]:
    """Return the options that choose the encoder; found out once a process."""
    for name, options in _HARDWARE.items():
        if _works(name, options):
            log.info("hardware encoder found", encoder=name)
            return ("-c:v", name, *options)
    return _SOFTWARE


def quality() -> tuple[str, ...]:
    """Return the options for a picture as good as the source's; only x264 knows a constant one."""
    return ("-crf", "20") if "libx264" in h264() else ("-b:v", "8M", "-maxrate", "10M")


def threads() -> int:
    """Return how many threads one encoder may use: half of the machine, as it is not alone."""
    return max(1, (os.cpu_count() or 2) // 2)


def _works(name: str, options: tuple[str, ...]) -> bool:
    """Encode a few pictures: builds list encoders whose driver or device is missing."""
    command = [
        *(get_ffmpeg_exe(), "-nostdin", "-loglevel", "quiet", "-f", "lavfi"),
        *("-i", "color=black:size=640x360:rate=25:duration=0.2", "-pix_fmt", "yuv420p"),
        *("-c:v", name, *options, "-f", "null", "-"),
    ]
    try:
        return subprocess.run(command, check=False, timeout=_TRY_S).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False

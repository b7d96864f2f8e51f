"""The creator's phone camera: ffmpeg publishes a real clip, in a loop, over RTMP."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from imageio_ffmpeg import get_ffmpeg_exe

LOOPS: Final = 30
REFUSED_WITHIN_S: Final = 20


def publish(clip: Path, url: str, key: str, *, log: Path) -> subprocess.Popen[bytes]:
    """Start publishing at the pace of real time; ends when killed."""
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603
            _command(clip, url, key), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )


def is_refused(clip: Path, url: str, key: str, *, log: Path) -> bool:
    """Say whether the ingest turns this key away by itself."""
    process = publish(clip, url, key, log=log)
    try:
        return process.wait(REFUSED_WITHIN_S) != 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        process.kill()
        process.wait()


def _command(clip: Path, url: str, key: str) -> list[str]:
    return [
        *(get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "warning"),
        *("-re", "-stream_loop", str(LOOPS), "-i", str(clip)),
        # a phone sends stereo; the clip has six channels
        *("-c:v", "copy", "-c:a", "aac", "-ac", "2", "-b:a", "96k"),
        *("-f", "flv", f"{url}/{key}"),
    ]

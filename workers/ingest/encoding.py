"""How ffmpeg makes the smaller renditions, beside what it copies.

Every rendition has to end its segments where the source does: its key frames are the source's
(`-force_key_frames source`, and none of its own), its frames keep their times to the millisecond,
and its decoding times lie as far before them as the source's. Without that last one ffmpeg
counts the first segment of a source with B-frames from another moment (RFC 8216 §6.2.4).
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import imageio_ffmpeg
import structlog

from workers.ingest.ladder import Rung

THREADS: Final = 2  # of each encoder, and of the decoder; broadcasts share the machine
TRIAL_S: Final = 15.0

_NO_KEY_FRAMES_OF_ITS_OWN: Final = ("-g", "100000", "-bf", "0")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Encoder:
    """An H.264 encoder of ffmpeg, with what makes it quick and a forced key frame an IDR."""

    name: str
    options: tuple[str, ...] = ()
    is_capped_quality: bool = False

    def arguments(self, max_bps: int) -> list[str]:
        """Spell its options for at most so many bits a second."""
        rate = ["-crf", "23"] if self.is_capped_quality else ["-b:v", str(max_bps * 4 // 5)]
        cap = ["-maxrate", str(max_bps), "-bufsize", str(max_bps)]
        return ["-c:v", self.name, *self.options, *_NO_KEY_FRAMES_OF_ITS_OWN, *rate, *cap]


X264: Final = Encoder(
    "libx264",
    (
        *("-preset", "veryfast", "-profile:v", "main", "-threads", str(THREADS)),
        *("-sc_threshold", "0", "-forced-idr", "1"),
    ),
    is_capped_quality=True,
)
HARDWARE: Final = (
    Encoder(
        "h264_nvenc", ("-preset", "p3", "-rc", "vbr", "-forced-idr", "1", "-no-scenecut", "1")
    ),
    Encoder("h264_qsv", ("-preset", "veryfast", "-forced_idr", "1")),
    Encoder("h264_videotoolbox", ("-realtime", "1")),
)


def find_encoder(candidates: Sequence[Encoder] = HARDWARE) -> Encoder:
    """Return the first hardware encoder that really encodes here, else x264.

    ffmpeg lists encoders whose driver or device is missing: only a trial tells.
    """
    found = next((one for one in candidates if _works(one)), X264)
    _log.info("renditions are encoded", by=found.name)
    return found


def _works(encoder: Encoder) -> bool:
    exe: str = imageio_ffmpeg.get_ffmpeg_exe()
    picture = ["-f", "lavfi", "-i", "color=gray:s=640x360:r=30", "-frames:v", "1"]
    options = ["-pix_fmt", "yuv420p", *encoder.arguments(1_000_000)]
    command = [exe, "-nostdin", "-v", "quiet", *picture, *options, "-f", "null", "-"]
    try:
        ran = subprocess.run(command, check=False, capture_output=True, timeout=TRIAL_S)  # noqa: S603 (our own ffmpeg)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ran.returncode == 0


def scaling(rungs: Sequence[Rung]) -> list[str]:
    """Spell the one decoding and a scaler for each rendition."""
    split = "".join(f"[to_{rung.name}]" for rung in rungs)
    scaled = [
        f"[to_{rung.name}]scale={rung.width}:{rung.height},format=yuv420p[{rung.name}]"
        for rung in rungs
    ]
    graph = ";".join([f"[0:v:0]split={len(rungs)}{split}", *scaled])
    return ["-filter_complex_threads", "1", "-filter_complex", graph]


def encoded(rung: Rung, encoder: Encoder, delay_s: float) -> list[str]:
    """Spell one rendition: its own picture and the source's sound."""
    return [
        *("-map", f"[{rung.name}]", "-map", "0:a?", "-map_metadata", "-1", "-c:a", "copy"),
        *encoder.arguments(rung.max_bps),
        *("-force_key_frames", "source", "-fps_mode", "passthrough", "-enc_time_base", "demux"),
        *("-bsf:v", f"setts=dts=DTS-{delay_s:.3f}/TB"),
    ]

"""The one ffmpeg of a track: FLV in at stdin, HLS segments and a recording part out, as they come.

The recording part is a fragmented MP4: every fragment (a group of pictures, at most 4 s) is whole
on its own, so a kill -9 of anything costs the last fragment and no more, and no index has to be
written at the end. Matroska would survive as well; but MP4 is what phones and YouTube take as it
is, and parts with the same decoder settings are joined by ffmpeg's concat demuxer with `-c copy`.

Each ffmpeg leads a process group of its own and dies with us: the kernel sends it SIGTERM when its
parent dies (prctl PR_SET_PDEATHSIG), upon which, as upon the end of its input, it closes its files
properly. Nothing but its closed stdin, SIGTERM or our SIGKILL to its group ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import os
import signal
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import imageio_ffmpeg
import structlog

from workers.ingest.errors import FfmpegGone

SEGMENT_S: Final = 2
FRAGMENT_MAX_S: Final = 4
PROBE_S: Final = 3
STUCK_S: Final = 10.0  # ffmpeg that reads nothing for so long will not come back

PIPE_BYTES: Final = 256 * 1024

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True)  # loaded here: not between fork and exec
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """Where one track of one session goes.

    `track` is 0 but for an encoder that changed its settings; `offset_s` is the media time at
    which its segments begin.
    """

    folder: Path
    epoch: int
    track: int = 0
    offset_s: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.epoch}" if not self.track else f"{self.epoch}-{self.track}"

    @property
    def playlist(self) -> Path:
        """The playlist that ffmpeg writes of this track, from which `index.m3u8` is composed."""
        return self.folder / f"{self.name}.m3u8"

    @property
    def part(self) -> Path:
        """The recording; names sort in the order of time."""
        track = f"_{self.track:02d}" if self.track else ""
        return self.folder / "parts" / f"{self.epoch:04d}{track}.mp4"


def command(target: Target) -> list[str]:
    """Spell the one command line."""
    seconds = FRAGMENT_MAX_S * 1_000_000
    each = ["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-map_metadata", "-1"]
    # Without a bound, ffmpeg waits 90 s for sound that an encoder announced and does not send.
    source = ["-analyzeduration", str(PROBE_S * 1_000_000), "-f", "flv", "-i", "pipe:0"]
    hls = [
        *("-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_list_size", "30"),
        *("-hls_flags", "independent_segments+program_date_time+temp_file+omit_endlist"),
        *("-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", f"init_{target.name}.mp4"),
        *("-hls_segment_filename", str(target.folder / f"{target.name}_%d.m4s")),
        # Media time runs on across sessions: ffmpeg as a reader drops a segment that begins
        # before the one it read last, discontinuity or not. frag_discont keeps the offset in.
        *("-hls_segment_options", "movflags=+frag_discont"),
        *("-output_ts_offset", f"{target.offset_s:.3f}"),
        str(target.playlist),
    ]
    part = [
        *("-f", "mp4", "-movflags", "+frag_keyframe+empty_moov+default_base_moof"),
        *("-frag_duration", str(seconds), "-flush_packets", "1", str(target.part)),
    ]
    quiet = ["-hide_banner", "-nostdin", "-n", "-loglevel", "warning"]
    exe: str = imageio_ffmpeg.get_ffmpeg_exe()
    return [exe, *quiet, *source, *each, *hls, *each, *part]


class Ffmpeg:
    """A running ffmpeg. `start` it, `write` to it, `close` it; or wait for it to `end`."""

    def __init__(self, process: asyncio.subprocess.Process, target: Target) -> None:
        self.target = target
        self._process = process
        self._said: deque[str] = deque(maxlen=20)
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, target: Target) -> Ffmpeg:
        """Make the folders and run it. A part that exists is never written over.

        Raises:
            FfmpegGone: it cannot be run, or the epoch was recorded before.

        """
        target.part.parent.mkdir(parents=True, exist_ok=True)
        if target.part.exists():
            _log.error("epoch was recorded before", part=str(target.part))
            raise FfmpegGone
        try:
            process = await asyncio.create_subprocess_exec(
                *command(target),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        except OSError as failed:
            raise FfmpegGone from failed
        _widen(process)
        return cls(process, target)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def write(self, data: bytes | bytearray) -> None:
        """Hand over FLV and wait until most of it was read: that is the back-pressure.

        Raises:
            FfmpegGone: it ended, or it reads nothing any more.

        """
        pipe = self._process.stdin
        if pipe is None or pipe.is_closing():
            raise FfmpegGone
        try:
            pipe.write(data)
            if pipe.transport.get_write_buffer_size():
                async with asyncio.timeout(STUCK_S):
                    await pipe.drain()
        except (OSError, TimeoutError) as broken:
            raise FfmpegGone from broken

    async def end(self) -> int:
        """Wait until it ends by itself; answer its exit code."""
        return await self._process.wait()

    async def close(self, deadline_s: float) -> None:
        """End its input and wait; past the deadline the whole group is killed."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(deadline_s):
                await self._process.wait()
        except TimeoutError:
            _log.error("ffmpeg did not finish in time", pid=self.pid, said=list(self._said))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        code = await self._process.wait()
        await self._listening
        if code != 0:
            _log.warning("ffmpeg failed", pid=self.pid, code=code, said=list(self._said))

    async def _listen(self) -> None:
        if self._process.stderr is None:
            return
        while line := await self._process.stderr.read(4096):
            self._said.append(line.decode("utf-8", "replace").strip())


def _widen(process: asyncio.subprocess.Process) -> None:
    """Let what was gathered go into the pipe in one write; a smaller pipe only costs CPU."""
    if process.stdin is None:
        return
    with contextlib.suppress(OSError):  # the kernel's limit for all pipes of a user
        fcntl.fcntl(process.stdin.get_extra_info("pipe"), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


class _die_with:  # noqa: N801 - reads as the verb it is, and must not be a closure over more
    """Run between fork and exec: ask the kernel for SIGTERM when the parent is gone."""

    def __init__(self, parent: int) -> None:
        self.parent = parent

    def __call__(self) -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != self.parent:  # it died before we asked
            os._exit(1)

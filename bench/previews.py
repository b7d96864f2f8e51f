"""`previews.*`: what a preview set costs, beside bare PyAV and beside what others do.

CPU seconds (user and system) of the process that does the work, after it has loaded its
libraries: ours loads them once, in the nursery, and forks a child a job.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import imageio_ffmpeg

from apps.previews.adapters.pyav import PyAvMaker
from apps.previews.ports import Board, Footage, Growth, Made
from bench.rounds import ROUNDS, take_turns
from bench.rows import Row
from clients.demo.clips import big_buck_bunny
from tests.previews.ranges import serving

ROOT: Final = Path(__file__).resolve().parents[1]
INPUTS: Final = ROOT / "var" / "bench-previews"
MINUTES: Final = (10, 60)
TILE_EVERY_S: Final = 6  # of ours for ten minutes, so theirs makes as many
REFRESHES_A_GROWTH: Final = 3  # each 20 s one, and a growth a minute
DEADLINE_S: Final = 900
# As a phone's encoder sends it: 1080p30, a key frame each two seconds, and sound.
LIKE_A_PHONE: Final = (
    *("-vf", "scale=1920:1080,fps=30", "-c:v", "libx264", "-preset", "veryfast"),
    *("-b:v", "4500k", "-maxrate", "6000k", "-bufsize", "9000k", "-g", "60"),
    *("-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2", "-b:a", "128k", "-movflags", "+faststart"),
)


def measure() -> list[Row]:
    tens, hour = (looped(minutes) for minutes in MINUTES)
    costs = take_turns(
        "previews",
        {
            "set_10m": lambda: _set(tens).cpu_s,
            "floor_10m": lambda: _floor(tens)["cpu_s"],
            "set_60m": lambda: _set(hour).cpu_s,
            "floor_60m": lambda: _floor(hour)["cpu_s"],
            "board": lambda: _board(tens),
            "live": lambda: _live(goes_on=True) + _growth() / REFRESHES_A_GROWTH,
            "live_anew": lambda: _live(goes_on=False),
            "moviepy": lambda: _moviepy(tens),
            "peer_board": lambda: _peer_board(tens),
        },
        rounds=ROUNDS,
    )
    with serving(hour) as store:
        by_ranges = _set(store.footage())
    return [
        _cost("set_10m", costs["set_10m"], costs["floor_10m"], BARE, goal=1.25),
        _cost("set_60m", costs["set_60m"], costs["floor_60m"], BARE, goal=1.25),
        _times("vs_moviepy", costs["moviepy"], costs["set_10m"], "our whole set", goal=4),
        _times(
            "vs_peer_storyboard", costs["peer_board"], costs["board"], "our storyboard", goal=40
        ),
        Row(
            name="previews.live_refresh_cpu_s",
            value=costs["live"],
            unit="CPU s",
            baseline=costs["live_anew"],
            baseline_name="the same without the clip before: four seconds made anew",
            goal=0.5,
            goal_of="value",
            better="lower",
        ),
        Row(
            name="previews.rss_mb",
            value=by_ranges.peak_rss_mb,
            unit="MB",
            baseline=_floor(hour)["peak_rss_mb"],
            baseline_name=BARE,
            goal=250,
            goal_of="value",
            better="lower",
        ),
        Row(
            name="previews.source_bytes",
            value=by_ranges.source_bytes,
            unit="bytes",
            baseline=hour.stat().st_size,
            baseline_name="the size of the hour's file, read by HTTP ranges",
            goal=0.1,
            better="lower",
        ),
    ]


BARE: Final = "a bare PyAV script: the same key frames, seconds, sizes and encoders, no choice"


def _cost(name: str, value: float, baseline: float, baseline_name: str, *, goal: float) -> Row:
    return Row(
        name=f"previews.{name}",
        value=value,
        unit="CPU s",
        baseline=baseline,
        baseline_name=baseline_name,
        goal=goal,
        better="lower",
    )


def _times(name: str, value: float, baseline: float, baseline_name: str, *, goal: float) -> Row:
    return Row(
        name=f"previews.{name}",
        value=value,
        unit="CPU s",
        baseline=baseline,
        baseline_name=baseline_name,
        goal=goal,
        better="higher",
    )


def looped(minutes: int) -> Path:
    """Return the real clip as a phone would have sent it for so long; made once, kept in var/."""
    return _made(
        f"{minutes}m.mp4",
        lambda into: _ffmpeg(
            *("-stream_loop", "-1", "-i", str(_reel()), "-c", "copy", "-t", str(60 * minutes)),
            str(into),
        ),
    )


def _reel() -> Path:
    clip = str(big_buck_bunny())
    return _made(
        "reel.mp4",
        lambda into: _ffmpeg("-stream_loop", "2", "-i", clip, *LIKE_A_PHONE, str(into)),
    )


def _segments() -> tuple[Path, list[Path]]:
    folder = INPUTS / "live"
    folder.mkdir(parents=True, exist_ok=True)
    hls = ("-f", "hls", "-hls_time", "2", "-hls_segment_type", "fmp4", "-hls_list_size", "0")
    _made(
        "live/list.m3u8", lambda into: _ffmpeg("-i", str(_reel()), "-c", "copy", *hls, str(into))
    )
    return folder / "init.mp4", sorted(folder.glob("*.m4s"), key=lambda one: one.stat().st_mtime)


def _made(name: str, make: Callable[[Path], None]) -> Path:
    file = INPUTS / name
    if not file.exists():
        INPUTS.mkdir(parents=True, exist_ok=True)
        partial = file.with_stem(f"{file.stem}-partial") if file.suffix == ".mp4" else file
        make(partial)
        partial.rename(file)
    return file


def _ffmpeg(*how: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *how]
    subprocess.run(command, check=True, timeout=DEADLINE_S)  # noqa: S603 (our own words)


def _set(source: Footage) -> Made:
    with tempfile.TemporaryDirectory() as folder:
        return PyAvMaker().make_recording_set(source, Path(folder))


def _board(source: Path) -> float:
    growth = Growth(begins_s=0.0, board=Board(interval_s=TILE_EVERY_S - 0.1))
    with tempfile.TemporaryDirectory() as folder:
        return PyAvMaker().make_live_storyboard(source, Path(folder), growth).made.cpu_s


def _live(*, goes_on: bool) -> float:
    """Return what the third refresh of a live costs; it goes on from the second."""
    init, segments = _segments()
    before: dict[str, Path] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(3):
            into, joined = Path(folder, str(number)), Path(folder, f"{number}.mp4")
            into.mkdir()
            newest = (init, *segments[number : number + 3])
            joined.write_bytes(b"".join(one.read_bytes() for one in newest))
            made = PyAvMaker().make_live_set(joined, into, before if goes_on else None)
            before = {one.variant: into / one.name for one in made.assets if one.kind == "preview"}
    return made.cpu_s


def _growth() -> float:
    """Return what a live's storyboard costs to grow by a minute: six tiles, of a segment each."""
    init, segments = _segments()
    with tempfile.TemporaryDirectory() as folder:
        joined, into = Path(folder, "joined.mp4"), Path(folder, "board")
        into.mkdir()
        due = (init, *segments[:6])
        joined.write_bytes(b"".join(one.read_bytes() for one in due))
        growth = Growth(begins_s=0.0, board=Board(interval_s=1.0))
        grown = PyAvMaker().make_live_storyboard(joined, into, growth)
    return grown.made.cpu_s


def _floor(source: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.previews_floor", str(source)]
    told = subprocess.run(  # noqa: S603 (our own module)
        command, check=True, timeout=DEADLINE_S, cwd=ROOT, stdout=subprocess.PIPE
    )
    return dict(json.loads(told.stdout))


def _moviepy(source: Path) -> float:
    return _cpu_of([sys.executable, "-m", "bench.previews_moviepy", str(source)])


def _peer_board(source: Path) -> float:
    """PeerTube's way (server/core/lib/video-storyboard): fps, scale and tile on every frame."""
    with tempfile.TemporaryDirectory() as folder:
        sheet = str(Path(folder, "sheet.jpg"))
        filters = f"fps=1/{TILE_EVERY_S},scale=160:90,tile=layout=10x10"
        ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-threads", "1"]
        how = ["-i", str(source), "-filter:v", filters, "-frames:v", "1", sheet]
        return _cpu_of([*ffmpeg, *how])


def _cpu_of(command: list[str]) -> float:
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return usage.ru_utime + usage.ru_stime

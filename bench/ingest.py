"""`ingest.cpu_per_stream`, `ingest.streams` and `hls.time_to_first_segment_s`.

Our ingest and everything it starts, beside one bare ffmpeg a stream that gets the same FLV over a
pipe. Both run at the same time, so that they meet the same noise, and the encoders are in neither.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bench.ingest_stage import (
    SEGMENT_S,
    VAR,
    Stage,
    a_clip,
    an_ingest,
    bare_hls,
    cpu_s,
    encoder,
    running,
    wait_until,
)
from bench.processes import Failed
from bench.rounds import progress
from bench.rows import Row
from workers.ingest.playlist import Playlist, read

STREAMS: Final = 3  # side by side, as one stream's CPU is a few ticks of the kernel's clock
MEASURED_S: Final = 20.0
STARTS: Final = 5
CROWDS: Final = (20, 40, 60)
CROWD_S: Final = 12.0
LATE_S: Final = 1.0  # a segment listed so long after its end is late
MINUTE_S: Final = 60


@dataclass(frozen=True, slots=True)
class Bare:
    """One ffmpeg without an engine, and its folder."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def index(self) -> Path:
        return self.folder / "index.m3u8"


def measure() -> list[Row]:
    shutil.rmtree(VAR, ignore_errors=True)
    large = a_clip("large", size="1280x720", bits_s=3_000_000)
    small = a_clip("small", size="640x360", bits_s=1_000_000)
    return [*_cost_and_start(large), _streams(small)]


def _cost_and_start(clip: Path) -> list[Row]:
    with an_ingest("cost") as stage:
        value, baseline = _cpu(stage, clip)
        starts = [_start_s(stage, clip, nth) for nth in range(STARTS)]
    return [
        Row(
            name="ingest.cpu_per_stream",
            value=value,
            unit="CPU s/min",
            baseline=baseline,
            baseline_name="ffmpeg -c copy -f hls fed the same 3 Mbit/s over a pipe",
            goal=1.5,
            better="lower",
        ),
        Row(
            name="hls.time_to_first_segment_s",
            value=statistics.median(starts),
            unit="s",
            baseline=SEGMENT_S,
            baseline_name="the length of a segment",
            goal=1.5,
            better="lower",
        ),
    ]


def _cpu(stage: Stage, clip: Path) -> tuple[float, float]:
    """Return the CPU seconds a minute of one stream, ours and bare."""
    with ExitStack() as stack:
        for nth in range(STREAMS):
            stack.enter_context(_publishing(stage, clip, f"cpu{nth}"))
        bare = [stack.enter_context(_bare(clip, nth)) for nth in range(STREAMS)]
        indexes = [stage.index(f"cpu{nth}") for nth in range(STREAMS)]
        indexes += [one.index for one in bare]
        wait_until(lambda: all(index.exists() for index in indexes), "every stream has segments")
        before = cpu_s(stage.process.pid), sum(cpu_s(one.process.pid) for one in bare)
        time.sleep(MEASURED_S)
        after = cpu_s(stage.process.pid), sum(cpu_s(one.process.pid) for one in bare)
    per_minute = MINUTE_S / MEASURED_S / STREAMS
    ours, theirs = ((b - a) * per_minute for a, b in zip(before, after, strict=True))
    progress(f"ingest.cpu_per_stream  ours {ours:.3f}  bare {theirs:.3f}")
    return ours, theirs


def _start_s(stage: Stage, clip: Path, nth: int) -> float:
    """Return the seconds from an encoder's start to the first segment in the live playlist."""
    began = time.monotonic()
    with _publishing(stage, clip, f"start{nth}"):
        wait_until(stage.index(f"start{nth}").exists, "the first segment")
    return time.monotonic() - began


def _streams(clip: Path) -> Row:
    """Add publishers until a segment is late."""
    good = 0
    for crowd in CROWDS:
        late = _lateness_s(clip, crowd)
        progress(f"ingest.streams  {crowd} publishers: latest segment {late:.2f} s after its end")
        if late > LATE_S:
            break
        good = crowd
    if not good:
        raise Failed(f"a segment was late with {CROWDS[0]} publishers")
    return Row(
        name="ingest.streams",
        value=good,
        unit="streams",
        baseline=CROWDS[-1],
        baseline_name="the most that are tried, on two cores that the encoders share",
        goal=40,
        goal_of="value",
        better="higher",
    )


def _lateness_s(clip: Path, crowd: int) -> float:
    """Return how long after its end the latest segment of all came into its playlist."""
    with an_ingest(f"crowd{crowd}") as stage, ExitStack() as stack:
        keys = [f"c{nth}" for nth in range(crowd)]
        for key in keys:
            stack.enter_context(_publishing(stage, clip, key))
        wait_until(
            lambda: all(stage.index(key).exists() for key in keys), "all begin", within_s=60
        )
        return max(_watched(stage, keys), default=0.0)


def _watched(stage: Stage, keys: list[str]) -> Iterator[float]:
    """Yield the lateness of each segment that comes into a playlist while we look."""
    seen = {key: _count(read(stage.index(key))) for key in keys}
    until = time.monotonic() + CROWD_S
    while time.monotonic() < until:
        for key in keys:
            written = stage.index(key).stat().st_mtime
            listed = read(stage.index(key))
            for segment in listed.segments[len(listed.segments) - _count(listed) + seen[key] :]:
                begins = datetime.fromisoformat(segment.at).timestamp()
                yield written - begins - segment.duration_s
            seen[key] = _count(listed)
        time.sleep(0.2)
    for key in keys:  # one that does not come at all is late, too
        newest = read(stage.index(key)).segments[-1]
        begins = datetime.fromisoformat(newest.at).timestamp()
        yield time.time() - begins - newest.duration_s - SEGMENT_S


def _count(listed: Playlist) -> int:
    return listed.sequence + len(listed.segments)


@contextmanager
def _publishing(stage: Stage, clip: Path, key: str) -> Iterator[None]:
    with running(encoder(clip, f"rtmp://127.0.0.1:{stage.port}/live/{key}")):
        yield


@contextmanager
def _bare(clip: Path, nth: int) -> Iterator[Bare]:
    folder = VAR / f"bare{nth}"
    folder.mkdir()
    with running(encoder(clip, "-"), bare_hls(folder)) as processes:
        yield Bare(processes[-1], folder)

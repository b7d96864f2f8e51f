"""`demo.wall_s` and `demo.peak_rss_mb`: `make demo` as a whole, on this machine.

The installation is not in it: whoever runs the benchmarks has it done.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import av
import psutil

from bench.processes import ROOT, Failed, actor
from bench.rounds import progress
from bench.rows import Row
from clients.demo.steps import AWAY_S

VAR: Final = ROOT / "var" / "bench-demo"
DEMO_S: Final = 900.0
READY_S: Final = 120.0
PYTHONS: Final = ("python", "celery")


def measure() -> list[Row]:
    cost = _demo()
    return [
        Row(
            name="demo.wall_s",
            value=cost["wall_s"],
            unit="s",
            baseline=recorded_s(VAR / "media") + AWAY_S,
            baseline_name="real time of its broadcast: what was recorded + the encoder's absence",
            goal=240,
            goal_of="value",
            better="lower",
        ),
        Row(
            name="demo.peak_rss_mb",
            value=cost["peak_rss_mb"],
            unit="MB",
            baseline=_bare_mb(),
            baseline_name="PSS of a bare Django + Celery process for each Python of the Procfile",
            goal=1500,
            goal_of="value",
            better="lower",
        ),
    ]


def _demo() -> dict[str, float]:
    """Run the demo on an empty folder; return its seconds and its megabytes.

    Raises:
        Failed: the demo found something that is not as it must be, or did not end.

    """
    shutil.rmtree(VAR, ignore_errors=True)
    command = [
        *(sys.executable, "-m", "workers.embedded", "--var", str(VAR)),
        *("--since", str(time.time()), "--", sys.executable, "-m", "clients.demo"),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=sys.stderr)  # noqa: S603 (our own module)
    try:
        code = process.wait(DEMO_S)
    except subprocess.TimeoutExpired:
        raise Failed(f"the demo did not end within {DEMO_S:.0f} s") from None
    finally:
        # as Ctrl-C does: it takes the whole stack down before it ends
        process.send_signal(signal.SIGINT)
        process.wait()
    if code:
        raise Failed(f"the demo ended with {code}; read {VAR / 'logs' / 'stack.log'}")
    cost: dict[str, float] = json.loads((VAR / "cost.json").read_text())
    return cost


def recorded_s(media: Path) -> float:
    """Return the length of the recordings stored under a folder, in seconds."""
    found = sorted(media.glob("recordings/**/*.mp4"))
    if not found:
        raise Failed(f"no recording lies under {media}")
    return sum(map(_length_s, found))


def _length_s(path: Path) -> float:
    with av.open(str(path)) as video:
        return float(video.duration or 0) / av.time_base


def _bare_mb() -> float:
    """Return what as many bare processes hold together, measured as the stack's memory is."""
    wanted = pythons((ROOT / "Procfile").read_text())
    with ExitStack() as stack:
        actors = [stack.enter_context(actor("bench.bare")) for _ in range(wanted)]
        for one in actors:
            one.tell("ready")
        for one in actors:
            one.hear(within_s=READY_S)
        held = sum(_pss(one.pid) for one in actors)
    progress(f"demo.peak_rss_mb  {wanted} bare processes  {held / 1e6:.1f} MB")
    return held / 1e6


def pythons(procfile: str) -> int:
    """Count the lines of a Procfile that start a Python."""
    commands = [line.partition(":")[2].split() for line in procfile.splitlines() if ":" in line]
    return sum(command[0] in PYTHONS for command in commands)


def _pss(pid: int) -> int:
    memory: Any = psutil.Process(pid).memory_full_info()
    return int(memory.pss)

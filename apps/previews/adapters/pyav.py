"""Previews by libav, in a child process that may crash, hang or swell without taking us along."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import structlog
from typing_extensions import override

from apps.previews.adapters.engine.job import Job, Limits, board_of
from apps.previews.adapters.nursery import NURSERY, Child
from apps.previews.errors import REFUSALS, MakerDown, TimedOut, UnsupportedCodec
from apps.previews.ports import Footage, Grown, Growth, Made, MadeAsset, PreviewMaker, Ranged, Tell

log = structlog.get_logger()

_MAX_ANSWER_BYTES: Final = 4 * 1024**2
_MOST_TOLD: Final = 2000  # characters a child may add to our log
_TELL_EVERY_S: Final = 1.0
# How a decoder dies of a hostile file; a kill from outside is not among them.
_CRASHES: Final = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
_OUT_OF_TIME: Final = {signal.SIGXCPU, signal.SIGALRM}


@dataclass(frozen=True, slots=True)
class PyAvMaker(PreviewMaker):
    """Runs each job in its own process group, under limits the kernel keeps.

    A live refresh is due every few seconds, and a picture is small, so they may cost only little.
    """

    recording: Limits = field(default_factory=Limits)
    live: Limits = field(default_factory=lambda: replace(Limits(), cpu_s=30, wall_s=60))
    picture: Limits = field(default_factory=lambda: replace(Limits(), cpu_s=20, wall_s=30))

    @override
    def make_recording_set(self, source: Footage, into: Path, tell: Tell | None = None) -> Made:
        job = Job(work="recording", source=source, into=into, limits=self.recording)
        return made_of(run_job(job, tell))

    @override
    def make_live_set(
        self, source: Footage, into: Path, before: Mapping[str, Path] | None = None
    ) -> Made:
        whole = {variant: path.resolve() for variant, path in (before or {}).items()}
        return made_of(
            run_job(Job(work="live", source=source, into=into, limits=self.live, before=whole))
        )

    @override
    def make_live_storyboard(self, source: Footage, into: Path, growth: Growth) -> Grown:
        answer = run_job(
            Job(work="board", source=source, into=into, limits=self.live, growth=growth)
        )
        return Grown(made=made_of(answer), board=board_of(answer["board"]))

    @override
    def make_poster_set(self, image: Path, into: Path) -> Made:
        return made_of(run_job(Job(work="posters", source=image, into=into, limits=self.picture)))


def run_job(job: Job, tell: Tell | None = None) -> dict[str, Any]:
    """Have a child do a job, and return its answer."""
    source = job.source if isinstance(job.source, Ranged) else job.source.resolve()
    job = replace(job, source=source, into=job.into.resolve())
    with NURSERY.child(job.dump()) as child:
        code = _wait(child, job.limits.wall_s, tell)
        _check_exit(code, job.limits, child.complained(16_384).decode(errors="replace"))
        return _answer(_last_word(child))


def _wait(child: Child, wall_s: float, tell: Tell | None) -> int:
    deadline = time.monotonic() + wall_s
    while (left_s := deadline - time.monotonic()) > 0:
        code = child.wait(min(left_s, _TELL_EVERY_S))
        if code is not None:
            return code
        if tell:
            tell(float(_last_word(child).get("done", 0.0)))
    raise TimedOut(detail=f"more than {wall_s} s")


def _last_word(child: Child) -> dict[str, Any]:
    """Return the last whole line it said; nothing before its first."""
    lines = child.said(_MAX_ANSWER_BYTES).split(b"\n")[:-1]
    try:
        said = json.loads(lines[-1]) if lines else {}
    except ValueError as garbled:
        raise MakerDown(detail="its process said nothing that can be read") from garbled
    return said if isinstance(said, dict) else {}


def _check_exit(code: int, limits: Limits, complaint: str) -> None:
    if code == 0:
        return
    log.warning("preview child failed", exit=code, complaint=complaint[-_MOST_TOLD:])
    if -code in _OUT_OF_TIME:
        raise TimedOut(detail=f"more than {limits.cpu_s} s of computing")
    if -code in _CRASHES:
        raise UnsupportedCodec(detail=f"the decoder crashed on it (signal {-code})")
    raise MakerDown(detail=f"its process ended with {code}")


def _answer(said: dict[str, Any]) -> dict[str, Any]:
    if "trace" in said:
        log.error("preview child stumbled", trace=said["trace"][-_MOST_TOLD:])
    if "refused" in said:
        raise REFUSALS[said["refused"]](detail=said["detail"])
    if "made" not in said:
        raise MakerDown(detail=said.get("down", "its process gave no answer"))
    return said


def made_of(answer: dict[str, Any]) -> Made:
    made = dict(answer["made"])
    assets = tuple(MadeAsset(**asset) for asset in made.pop("assets"))
    return Made(assets=assets, **made)

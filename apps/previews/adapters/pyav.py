"""Previews by libav, in a child process that may crash, hang or swell without taking us along."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import structlog
from typing_extensions import override

from apps.previews.adapters.engine.job import Job, Limits, Work
from apps.previews.errors import REFUSALS, MakerDown, TimedOut, UnsupportedCodec
from apps.previews.ports import Made, MadeAsset, PreviewMaker
from kit.children import bound_to_us

log = structlog.get_logger()

_ROOT: Final = Path(__file__).resolve().parents[3]
_MODULE: Final = "apps.previews.adapters.engine"
_MAX_ANSWER_BYTES: Final = 4 * 1024**2
# How a decoder dies of a hostile file; a kill from outside is not among them.
_CRASHES: Final = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
_OUT_OF_TIME: Final = {signal.SIGXCPU, signal.SIGALRM}


@dataclass(frozen=True, slots=True)
class PyAvMaker(PreviewMaker):
    """Runs each job in its own process group, under limits the kernel keeps.

    A live refresh is due every few seconds, so it may cost only a little.
    """

    recording: Limits = field(default_factory=Limits)
    live: Limits = field(default_factory=lambda: replace(Limits(), cpu_s=30, wall_s=60))

    @override
    def make_recording_set(self, source: Path, into: Path) -> Made:
        return self._make("recording", source, into, self.recording)

    @override
    def make_live_set(self, source: Path, into: Path) -> Made:
        return self._make("live", source, into, self.live)

    def _make(self, work: Work, source: Path, into: Path, limits: Limits) -> Made:
        job = Job(work=work, source=source.resolve(), into=into.resolve(), limits=limits)
        # Files, not pipes: the kernel's limit on file size also bounds how much it can say.
        with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as complained:
            with _child(job, told.fileno(), complained.fileno()) as child:
                try:
                    code = child.wait(timeout=limits.wall_s)
                except subprocess.TimeoutExpired as late:
                    raise TimedOut(detail=f"more than {limits.wall_s} s") from late
            told.seek(0)
            complained.seek(0)
            _check_exit(code, limits, complained.read(16_384).decode(errors="replace"))
            return _answer(told.read(_MAX_ANSWER_BYTES))


@contextmanager
def _child(job: Job, stdout: int, stderr: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start the child, and see to it that neither it nor a child of its own outlives this."""
    # No environment of ours but the path: the child needs no secret, so it gets none.
    environment = {"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    try:
        child = subprocess.Popen(  # noqa: S603 (our interpreter, our module)
            bound_to_us([sys.executable, "-P", "-m", _MODULE, job.dump()]),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=job.into,
            env=environment,
            start_new_session=True,
        )
    except OSError as failure:
        raise MakerDown(detail=f"no process could be started ({failure})") from failure
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _check_exit(code: int, limits: Limits, complaint: str) -> None:
    if code == 0:
        return
    log.warning("preview child failed", exit=code, complaint=complaint[-2000:])
    if -code in _OUT_OF_TIME:
        raise TimedOut(detail=f"more than {limits.cpu_s} s of computing")
    if -code in _CRASHES:
        raise UnsupportedCodec(detail=f"the decoder crashed on it (signal {-code})")
    raise MakerDown(detail=f"its process ended with {code}")


def _answer(told: bytes) -> Made:
    try:
        answer: dict[str, Any] = json.loads(told)
    except ValueError as garbled:
        raise MakerDown(detail="its process said nothing that can be read") from garbled
    if "refused" in answer:
        raise REFUSALS[answer["refused"]](detail=answer["detail"])
    made = answer["made"]
    assets = tuple(MadeAsset(**asset) for asset in made.pop("assets"))
    return Made(assets=assets, **made)

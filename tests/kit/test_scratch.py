"""Scratch of a process goes with it, also when it is killed, and of nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django import Settings

from clients.demo.clips import ROOT
from kit import scratch

WORKING = """
import sys, django; from django.conf import settings
settings.configure(SCRATCH_DIRECTORY=sys.argv[1])
from kit import scratch
with scratch.folder("preview") as folder:
    (folder / "half").write_bytes(b"0" * 1000)
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def root(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    settings.SCRATCH_DIRECTORY = str(tmp_path / "scratch")
    before = scratch._homes[:]
    scratch._homes.clear()
    yield tmp_path / "scratch"
    scratch._homes[:] = before


@contextmanager
def a_process(root: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Run a process that works in a folder until its input ends."""
    command = [sys.executable, "-c", WORKING, str(root)]
    with subprocess.Popen(  # noqa: S603 (our own code)
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


class TestAFolder:
    def test_is_in_one_home_for_all_threads_that_begin_together(self, root: Path) -> None:
        together = threading.Barrier(8)

        def work(_: int) -> Path:
            together.wait()
            with scratch.folder("preview") as folder:
                together.wait()
                assert folder.is_dir()
                return folder.parent

        with ThreadPoolExecutor(8) as threads:
            homes = set(threads.map(work, range(8)))

        assert len(homes) == 1

    def test_is_empty_and_gone_after_the_block(self, root: Path) -> None:
        with scratch.folder("share") as first, scratch.folder("share") as second:
            (first / "clip").write_bytes(b"x")
            assert list(second.iterdir()) == []
            assert first.is_relative_to(root)

        assert not first.exists()

    def test_of_a_killed_process_is_deleted_by_the_next(self, root: Path) -> None:
        with a_process(root) as (living, theirs), a_process(root) as (doomed, left):
            os.kill(doomed.pid, signal.SIGKILL)
            doomed.wait(timeout=10)
            was_left = (left / "half").exists()

            with scratch.folder("live") as ours:
                assert ours.is_dir()

            assert living.poll() is None
            assert (theirs / "half").exists()
        assert was_left
        assert not left.parent.exists()
        assert not list(root.glob(f"{doomed.pid}-*"))

    def test_is_another_processs_after_a_fork(self, root: Path) -> None:
        with scratch.folder("live") as ours:
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                with scratch.folder("live") as theirs:
                    os.write(writing, str(theirs.parent).encode())
                os._exit(0)
            os.waitpid(child, 0)

            told = os.read(reading, 4096).decode()

            assert Path(told).parent == root
            assert Path(told) != ours.parent
            assert ours.is_dir()

    def test_is_had_although_somebody_emptied_the_disk(self, root: Path) -> None:
        with scratch.folder("live"):
            pass
        for one in root.iterdir():
            if one.is_dir():
                one.rmdir()

        with scratch.folder("live") as ours:
            assert ours.is_dir()

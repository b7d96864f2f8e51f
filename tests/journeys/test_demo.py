"""`make demo`: the main job on real video, with the promises it prints."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from honcho.environ import parse as parse_env_file

from clients.demo.clips import ROOT
from clients.demo.steps import STEPS
from tests.services import answers

pytestmark = [pytest.mark.journey, pytest.mark.media, pytest.mark.timeout(400)]

PATIENCE_S: Final = 360
MAX_WALL_S: Final = 240
MAX_PEAK_MB: Final = 1_500


@dataclass(frozen=True, slots=True)
class Demo:
    """What a finished run printed and left in its folder."""

    code: int
    told: str
    folder: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    command = [
        *(sys.executable, "-m", "workers.embedded", "--var", str(folder)),
        *("--since", str(int(time.time())), "--", sys.executable, "-m", "clients.demo"),
    ]
    process = subprocess.Popen(  # noqa: S603 (the recipe of `make demo`)
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        told, _ = process.communicate(timeout=PATIENCE_S)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)  # as Ctrl-C: it stops what it started
            process.wait(60)
    return Demo(process.returncode, told, folder)


class TestDemo:
    def test_verifies_every_step(self, demo: Demo) -> None:
        verified = [line.split("] ", 1)[-1] for line in demo.told.splitlines() if "✓ [" in line]

        assert demo.code == 0, demo.told
        assert [line.rsplit(maxsplit=2)[0].rstrip() for line in verified] == list(STEPS)

    def test_says_what_is_where(self, demo: Demo) -> None:
        summary = demo.told.partition(list(STEPS)[-1])[2]

        for made in ("Recording", "Preview", "Posters", "Storyboard", "YouTube"):
            assert made in summary
        for place in (f"{demo.folder}/media", "/api/docs", "/admin/", "Feed"):
            assert place in summary

    def test_keeps_within_time_and_memory(self, demo: Demo) -> None:
        cost = json.loads((demo.folder / "cost.json").read_text())

        assert 0 < cost["wall_s"] <= MAX_WALL_S
        assert 0 < cost["peak_rss_mb"] <= MAX_PEAK_MB

    def test_leaves_nothing_running(self, demo: Demo) -> None:
        variables = parse_env_file((demo.folder / "showrunner.env").read_text())

        ports = {name: int(value) for name, value in variables.items() if name.endswith("_PORT")}
        assert len(ports) >= 9
        assert [name for name, port in ports.items() if answers(port)] == []

"""What every maker promises, and what the one with a child does when the child dies."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest

from apps.previews.adapters.engine.job import Limits
from apps.previews.adapters.memory import MemoryMaker
from apps.previews.adapters.pyav import PyAvMaker
from apps.previews.errors import MakerDown, NotAVideo, TimedOut, UnsupportedCodec
from apps.previews.ports import Growth, Made, PreviewMaker
from tests.previews.media import Studio

pytestmark = pytest.mark.media

MODULE = "apps.previews.adapters.engine"
DEADLINE_S = 20
MAKERS = [pytest.param(PyAvMaker, id="pyav"), pytest.param(MemoryMaker, id="memory")]


@pytest.mark.parametrize("make_maker", MAKERS)
class TestPreviewMaker:
    @pytest.mark.parametrize(
        ("work", "kinds"),
        [
            (
                "recording",
                {
                    *(
                        "preview",
                        "preview_webp",
                        "poster",
                        "poster_webp",
                        "poster_avif",
                        "candidate",
                    ),
                    *("storyboard", "storyboard_vtt"),
                },
            ),
            ("live", {"preview", "thumbnail", "thumbnail_webp"}),
            ("board", {"storyboard", "storyboard_vtt"}),
        ],
    )
    def test_writes_each_asset_it_names_and_nothing_else(
        self,
        studio: Studio,
        tmp_path: Path,
        make_maker: Callable[[], PreviewMaker],
        work: str,
        kinds: set[str],
    ) -> None:
        made = make(make_maker(), work, studio.long(), tmp_path)

        assert {asset.kind for asset in made.assets} == kinds
        assert {asset.name for asset in made.assets} == {path.name for path in tmp_path.iterdir()}

    @pytest.mark.parametrize("work", ["recording", "live", "board"])
    def test_refuses_an_empty_file(
        self, tmp_path: Path, make_maker: Callable[[], PreviewMaker], work: str
    ) -> None:
        empty = tmp_path / "empty.mp4"
        empty.touch()

        with pytest.raises(NotAVideo):
            make(make_maker(), work, empty, tmp_path)


class TestChild:
    @pytest.mark.parametrize(
        ("number", "expected"),
        [
            pytest.param(signal.SIGSEGV, UnsupportedCodec, id="crashed-on-the-file"),
            pytest.param(signal.SIGKILL, MakerDown, id="killed-from-outside"),
        ],
    )
    def test_takes_nobody_along_when_it_dies(
        self, studio: Studio, tmp_path: Path, number: signal.Signals, expected: type[Exception]
    ) -> None:
        work = InBackground(studio.landscape(), tmp_path)

        work.child().send_signal(number)

        assert isinstance(work.outcome(), expected)

    def test_does_not_outlive_its_time(self, studio: Studio, tmp_path: Path) -> None:
        limits = replace(Limits(), wall_s=1)
        work = InBackground(studio.landscape(), tmp_path, PyAvMaker(recording=limits))
        child = work.child()

        child.suspend()  # it computes nothing, so only the clock can end it

        assert isinstance(work.outcome(), TimedOut)
        assert not child.is_running()

    def test_knows_no_secret_of_ours(self, studio: Studio, tmp_path: Path) -> None:
        work = InBackground(studio.landscape(), tmp_path)

        variables = work.child().environ()

        assert set(variables) <= {"PYTHONPATH", "OPENBLAS_NUM_THREADS", "LC_ALL"}
        work.outcome()


@dataclass(slots=True)
class InBackground:
    """One job in a thread, so that the test can reach its child."""

    source: Path
    into: Path
    maker: PyAvMaker = field(default_factory=PyAvMaker)
    _before: set[int] = field(default_factory=lambda: {one.pid for one in children()})
    _ended: list[Made | Exception] = field(default_factory=list)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._ended.append(self.maker.make_recording_set(self.source, self.into))
        except Exception as failure:  # noqa: BLE001 (the test looks at it)
            self._ended.append(failure)

    def child(self) -> psutil.Process:
        """Return the child as soon as there is one."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            for one in children():
                if one.pid not in self._before and MODULE in one.cmdline():
                    return one
        raise AssertionError("no child was started in time")

    def outcome(self) -> Made | Exception:
        self._thread.join(DEADLINE_S)
        return self._ended[0]


def children() -> list[psutil.Process]:
    """Return what our nurseries have forked."""
    return [child for one in psutil.Process().children() for child in one.children()]


def make(maker: PreviewMaker, work: str, source: Path, into: Path) -> Made:
    if work == "live":
        return maker.make_live_set(source, into)
    if work == "board":
        return maker.make_live_storyboard(source, into, Growth(begins_s=0.0)).made
    return maker.make_recording_set(source, into)

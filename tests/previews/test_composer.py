"""Composed clips: what every composer promises, and what MoviePy's looks and sounds like."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import pytest
from django.conf import settings
from numpy.typing import NDArray

from apps.previews.adapters.composer import MoviePyComposer, limited_composer
from apps.previews.adapters.engine.job import Limits
from apps.previews.adapters.memory import MemoryMaker
from apps.previews.errors import (
    CutBeyondEnd,
    JobOvertaken,
    NotAVideo,
    TextNotWritable,
    TimedOut,
    TooLarge,
)
from apps.previews.ports import Composer, Cut, Made, Template
from tests.previews import looking
from tests.previews.media import Studio
from workers import topology

pytestmark = pytest.mark.media

COMPOSERS = [
    pytest.param(MoviePyComposer, id="moviepy"),
    pytest.param(MemoryMaker, id="memory"),
]
FULL = Template(
    style="full",
    title="Launch day: we go live from the roof",
    channel="Ada Lovelace",
    handle="@ada",
    watch_on="Watch live on Showrunner",
)
PLAIN = replace(FULL, style="plain", handle="")
TITLE_S, END_S = 2.0, 2.5
Footage = Callable[[Studio], Path]


@pytest.mark.parametrize("make_composer", COMPOSERS)
class TestComposer:
    def test_writes_the_one_clip_it_names(
        self, studio: Studio, tmp_path: Path, make_composer: Callable[[], Composer]
    ) -> None:
        told: list[float] = []

        made = make_composer().compose(
            studio.tiny(), Cut(start_s=0.5, end_s=1.5), PLAIN, tmp_path, told.append
        )

        (asset,) = made.assets
        assert (asset.kind, asset.content_type) == ("share", "video/mp4")
        assert [path.name for path in tmp_path.iterdir()] == [asset.name]
        assert made.duration_s == asset.duration_s == pytest.approx(1.0, abs=0.05)
        assert all(0 <= share <= 1 for share in told)

    def test_refuses_an_empty_file(
        self, tmp_path: Path, make_composer: Callable[[], Composer]
    ) -> None:
        empty = tmp_path / "empty.mp4"
        empty.touch()

        with pytest.raises(NotAVideo):
            make_composer().compose(empty, Cut(start_s=0, end_s=1), PLAIN, tmp_path)

    def test_refuses_a_cut_beyond_the_end(
        self, studio: Studio, tmp_path: Path, make_composer: Callable[[], Composer]
    ) -> None:
        with pytest.raises(CutBeyondEnd):
            make_composer().compose(studio.tiny(), Cut(start_s=50, end_s=60), PLAIN, tmp_path)


class TestClip:
    @pytest.mark.parametrize(
        ("footage", "size"),
        [
            pytest.param(Studio.two_seconds_with_sound, (1280, 720), id="with-sound"),
            pytest.param(Studio.tall_by_pixels, (406, 720), id="portrait-by-pixels"),
            pytest.param(Studio.rotated, (180, 320), id="portrait-by-a-flag"),
            pytest.param(Studio.variable_rate, (320, 180), id="variable-rate"),
            pytest.param(Studio.large, (1280, 720), id="1440p"),
        ],
    )
    def test_plays_everywhere_and_is_never_above_its_source(
        self, studio: Studio, tmp_path: Path, footage: Footage, size: tuple[int, int]
    ) -> None:
        made = compose(footage(studio), Cut(start_s=0, end_s=1), tmp_path, FULL)

        clip = looking.watch(tmp_path / "share.mp4")
        assert (clip.codec, clip.profile, clip.pixel_format) == ("h264", "High", "yuv420p")
        assert clip.size == size == (made.width, made.height)
        assert (clip.tracks, clip.first_is_key) == (2, True)
        assert looking.index_is_in_front(tmp_path / "share.mp4")
        assert clip.duration_s == pytest.approx(made.duration_s, abs=0.1)

    def test_has_its_cards_in_front_and_behind(self, studio: Studio, tmp_path: Path) -> None:
        made = compose(studio.two_seconds_with_sound(), Cut(start_s=0, end_s=2), tmp_path, FULL)

        frames = looking.watch(tmp_path / "share.mp4").frames
        assert made.duration_s == pytest.approx(TITLE_S + 2 + END_S, abs=0.05)
        assert white_share(frames[0]) > 0.01, "no letters on the title card"
        assert white_share(frames[-1]) > 0.003, "no letters on the end card"
        assert frames[0].mean() < 70
        assert red_share(frames[-1]) > 0.01, "no place to see more at"
        assert looking.is_picture(frames[75])

    def test_is_cut_to_the_frame_with_its_sound_in_step(
        self, studio: Studio, tmp_path: Path
    ) -> None:
        compose(studio.beeping(), Cut(start_s=1.5, end_s=3.5), tmp_path, PLAIN)

        bright = [frame.mean() > 128 for frame in looking.watch(tmp_path / "share.mp4").frames]
        loud = loudness(tmp_path / "share.mp4")
        assert len(bright) == 50
        assert (bright.index(True), bright[::-1].index(True)) == pytest.approx((12, 12), abs=1)
        assert np.argmax(loud > 0.02) / 100 == pytest.approx(0.5, abs=0.04)
        assert np.argmax(loud[::-1] > 0.02) / 100 == pytest.approx(0.5, abs=0.04)

    def test_begins_where_it_was_told_between_rare_key_frames(
        self, studio: Studio, tmp_path: Path
    ) -> None:
        compose(studio.late_keys(), Cut(start_s=13, end_s=14), tmp_path, PLAIN)

        clip = looking.watch(tmp_path / "share.mp4")
        wanted = frame_at(studio.late_keys(), 13)
        assert looking.difference(clip.frames[0], wanted) < 6
        assert looking.difference(clip.frames[0], frame_at(studio.late_keys(), 10)) > 12

    def test_keeps_the_colours(self, studio: Studio, tmp_path: Path) -> None:
        source = studio.two_seconds_with_sound()

        compose(source, Cut(start_s=0, end_s=1), tmp_path, PLAIN)

        frame = looking.watch(tmp_path / "share.mp4").frames[0]
        original = looking.first_frame(source, (1280, 720))
        assert np.abs(frame.mean(axis=(0, 1)) - original.mean(axis=(0, 1))).max() < 2

    def test_carries_the_handle_in_a_corner_and_nothing_elsewhere(
        self, studio: Studio, tmp_path: Path
    ) -> None:
        source = studio.two_seconds_with_sound()

        compose(source, Cut(start_s=0, end_s=1), tmp_path, replace(PLAIN, handle="@ada"))

        frame = looking.watch(tmp_path / "share.mp4").frames[0]
        original = looking.first_frame(source, (1280, 720))
        assert looking.difference(frame[-60:, -110:], original[-60:, -110:]) > 12
        assert looking.difference(frame[:600, :1000], original[:600, :1000]) < 6


class TestText:
    @pytest.mark.parametrize(
        "title",
        [
            pytest.param("🔥🎉", id="only-emoji"),
            pytest.param("Family 👩‍👩‍👧 day 🏳️‍🌈 1️⃣", id="joined-emoji"),
            pytest.param("Привет, Ωmega, tiếng Việt, İstanbul", id="other-alphabets"),
            pytest.param("W" * 200, id="one-endless-word"),
            pytest.param("gnp\u202e.exe\x00\n\ttitle", id="control-characters"),
            pytest.param("", id="none"),
        ],
    )
    def test_fits_whatever_it_is(self, studio: Studio, tmp_path: Path, title: str) -> None:
        made = compose(
            studio.tiny(), Cut(start_s=0, end_s=0.5), tmp_path, replace(FULL, title=title)
        )

        assert looking.watch(tmp_path / "share.mp4").size == (made.width, made.height)

    def test_no_font_has_is_refused_by_its_letters(self, studio: Studio, tmp_path: Path) -> None:
        with pytest.raises(TextNotWritable) as refused:
            compose(
                studio.tiny(), Cut(start_s=0, end_s=1), tmp_path, replace(FULL, title="Live 東京")
            )

        assert "東京" in str(refused.value.facts["detail"])


class TestChild:
    def test_reads_no_dotenv_where_our_secrets_lie(self) -> None:
        asked = "import moviepy.config as it; print(it.DOTENV)"
        order = f"import apps.previews.adapters.engine.compose; {asked}"

        said = subprocess.run(  # noqa: S603 (our own words)
            [sys.executable, "-c", order],
            capture_output=True,
            check=True,
            cwd=settings.BASE_DIR,
            env={"PYTHONPATH": str(settings.BASE_DIR)},
            timeout=60,
        )

        assert said.stdout == b"None\n"


class TestLimits:
    @pytest.mark.parametrize("wall_s", [300, 3600], ids=["ours", "an operator's"])
    def test_end_it_before_its_task_is_ended(self, wall_s: int) -> None:
        (pool,) = [pool for pool in topology.POOLS if pool.name == "previews"]
        options = {**settings.PREVIEWS_COMPOSER[1], "wall_s": wall_s}

        composer = limited_composer(**options)

        assert composer.limits.wall_s + 120 <= pool.soft_limit_s

    def test_of_time_end_it(self, studio: Studio, tmp_path: Path) -> None:
        composer = MoviePyComposer(replace(Limits(), wall_s=1))

        with pytest.raises(TimedOut):
            composer.compose(studio.five_minutes(), Cut(start_s=0, end_s=90), FULL, tmp_path)

    def test_of_output_end_it(self, studio: Studio, tmp_path: Path) -> None:
        composer = MoviePyComposer(replace(Limits(), output_bytes=100_000))

        with pytest.raises(TooLarge):
            composer.compose(studio.noise(), Cut(start_s=0, end_s=3), PLAIN, tmp_path)

    def test_a_job_nobody_wants_ends_with_its_child(self, studio: Studio, tmp_path: Path) -> None:
        def stop(_: float) -> None:
            raise JobOvertaken(subject_id="x")

        with pytest.raises(JobOvertaken):
            MoviePyComposer().compose(
                studio.five_minutes(), Cut(start_s=0, end_s=90), FULL, tmp_path, stop
            )


@dataclass(frozen=True, slots=True)
class Composed:
    """The one asset's numbers."""

    width: int
    height: int
    duration_s: float


def compose(source: Path, cut: Cut, into: Path, template: Template) -> Composed:
    made: Made = MoviePyComposer().compose(source, cut, template, into)
    (asset,) = made.assets
    return Composed(asset.width, asset.height, asset.duration_s)


def white_share(frame: looking.Pixels) -> float:
    return float((frame.min(axis=2) > 200).mean())


def red_share(frame: looking.Pixels) -> float:
    red, green, blue = (frame[..., one].astype(int) for one in range(3))
    return float(((red > 180) & (green < 130) & (blue < 140)).mean())


def loudness(path: Path) -> NDArray[np.float64]:
    """Return the mean level of each hundredth of a second."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    samples = np.concatenate(blocks, axis=1)[0]
    whole = samples[: samples.size // 480 * 480].reshape(-1, 480)
    return np.asarray(np.abs(whole).mean(axis=1), dtype=np.float64)


def frame_at(path: Path, at_s: float) -> looking.Pixels:
    """Return the frame shown so many seconds after a video's first, decoded from its start."""
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        first = next(frames)
        for frame in frames:
            if (frame.time or 0) - (first.time or 0) >= at_s - 0.001:
                return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
    raise AssertionError("it is shorter")

"""What is worth looking at, and the sheets it is laid out on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from apps.previews.adapters.engine import pictures
from apps.previews.adapters.engine.animated import Animation
from apps.previews.adapters.engine.pictures import Picture
from apps.previews.adapters.engine.storyboard import Storyboard
from tests.previews import looking

SHAPE = (90, 160, 3)


class TestScore:
    def test_puts_a_sharp_picture_above_a_blurred_one(self) -> None:
        blurred = noise()
        for _ in range(4):
            blurred = (blurred.astype(int) + np.roll(blurred, 1, 0) + np.roll(blurred, 1, 1)) // 3

        assert pictures.score(noise()) > pictures.score(blurred.astype(np.uint8))

    @pytest.mark.parametrize("level", [0, 8, 128, 255])
    def test_puts_any_picture_above_one_colour(self, level: int) -> None:
        assert pictures.score(noise()) > 100 * pictures.score(one_colour(level, level, level))

    def test_takes_the_smallest_picture(self) -> None:
        assert pictures.score(np.zeros((1, 1, 3), dtype=np.uint8)) == 0


class TestDominantColour:
    def test_is_what_most_of_the_picture_is(self) -> None:
        picture = one_colour(200, 40, 10)
        picture[:20] = (0, 0, 255)

        assert pictures.dominant_colour(picture) == "#c8280a"


class TestAnimation:
    @pytest.mark.parametrize(
        ("frames", "made_of_it"),
        [
            pytest.param(lambda: [one_colour(9 * n, 99, 99) for n in range(2)], 1, id="two"),
            pytest.param(lambda: [one_colour(99, 99, 99)], 0, id="one-does-not-move"),
            pytest.param(lambda: [snow(n) for n in range(16)], 0, id="snow-is-too-large"),
        ],
    )
    def test_is_written_where_it_moves_and_is_small(
        self, tmp_path: Path, frames: Callable[[], list[Picture]], made_of_it: int
    ) -> None:
        animation = Animation()
        for number, frame in enumerate(frames()):
            animation.see(VideoFrame.from_ndarray(frame, format="rgb24"), number * 2 / 15)

        made = animation.write(tmp_path)

        assert [path.name for path in tmp_path.iterdir()] == [asset.name for asset in made]
        assert len(made) == made_of_it


class TestStoryboard:
    def test_lays_many_tiles_out_on_several_sheets(self, tmp_path: Path) -> None:
        board = Storyboard(tmp_path)
        for number in range(130):
            board.add(one_colour(number, number, number), float(number))

        assets = board.finish(130.0)

        assert [(asset.name, asset.width, asset.height) for asset in assets[:-1]] == [
            ("storyboard-001.jpg", 1600, 900),
            ("storyboard-002.jpg", 960, 450),
        ]
        cues = (tmp_path / "storyboard.vtt").read_text().split("\n\n")
        assert cues[101] == ("00:01:40.000 --> 00:01:41.000\nstoryboard-002.jpg#xywh=0,0,160,90")
        second = looking.look(tmp_path / "storyboard-002.jpg")
        assert abs(int(second[45, 80, 0]) - 100) < 4


def snow(seed: int) -> Picture:
    return np.random.default_rng(seed).integers(0, 255, (180, 320, 3), dtype=np.uint8)


def noise() -> Picture:
    return np.random.default_rng(8).integers(0, 255, SHAPE, dtype=np.uint8)


def one_colour(red: int, green: int, blue: int) -> Picture:
    return np.full(SHAPE, (red, green, blue), dtype=np.uint8)

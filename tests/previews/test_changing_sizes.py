"""Footage whose picture size changes midway: the first decides, and nothing is squashed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from apps.previews.adapters.composer import MoviePyComposer
from apps.previews.adapters.pyav import PyAvMaker
from apps.previews.ports import Cut, Growth, Template
from tests.previews import looking
from tests.previews.looking import Pixels
from tests.previews.media import Size, Studio
from tests.previews.test_engine import read_cues

pytestmark = pytest.mark.media

LIT = 60  # of 255: a bar is darker, with what coding smears over its edge


@dataclass(frozen=True, slots=True)
class Change:
    """What a file shows first and then, and how much of the first's room the second fills."""

    first: Size
    then: Size
    filled: tuple[float, float]

    def footage(self, studio: Studio, end: str) -> Path:
        return studio.changing(self.first, self.then, end)


TURNED_UP = Change((640, 360), (360, 640), (0.316, 1.0))
TURNED_DOWN = Change((360, 640), (640, 360), (1.0, 0.316))
MADE_SMALLER = Change((640, 360), (424, 240), (1.0, 1.0))
CHANGES = [
    pytest.param(TURNED_UP, id="turned-up"),
    pytest.param(TURNED_DOWN, id="turned-down"),
    pytest.param(MADE_SMALLER, id="made-smaller"),
]


@pytest.mark.parametrize("change", CHANGES)
class TestMakeRecordingSet:
    @pytest.mark.parametrize("end", ["ts", "mp4"])
    def test_shows_all_of_it_in_the_shape_it_began_with(
        self, studio: Studio, tmp_path: Path, change: Change, end: str
    ) -> None:
        footage = change.footage(studio, end)
        made = PyAvMaker().make_recording_set(footage, tmp_path)

        assert (made.width, made.height) == change.first
        for asset in (one for one in made.assets if one.kind == "preview"):
            clip = looking.watch(tmp_path / asset.name)
            begun = looking.first_frame(footage, clip.size)
            assert clip.size == (asset.width, asset.height)
            assert clip.size[0] / clip.size[1] == pytest.approx(
                change.first[0] / change.first[1], rel=0.02
            )
            assert looking.difference(clip.frames[0], begun) < 8
            assert all(looking.is_picture(lit(frame)) for frame in clip.frames)
            assert filled(clip.frames[0]) == pytest.approx((1.0, 1.0), abs=0.03)
            assert filled(clip.frames[-1]) == pytest.approx(change.filled, abs=0.03)

    def test_lays_tiles_of_one_shape_on_its_sheet(
        self, studio: Studio, tmp_path: Path, change: Change
    ) -> None:
        PyAvMaker().make_recording_set(change.footage(studio, "ts"), tmp_path)

        tiles = tiles_in(tmp_path, "storyboard.vtt")
        assert len({tile.shape for tile in tiles}) == 1
        assert all(looking.is_picture(lit(tile)) for tile in tiles)
        assert filled(tiles[0]) == pytest.approx((1.0, 1.0), abs=0.03)
        assert filled(tiles[-1]) == pytest.approx(change.filled, abs=0.05)


@pytest.mark.parametrize("change", CHANGES)
class TestOtherWork:
    def test_a_live_that_is_turned_in_its_first_growth_keeps_its_tiles(
        self, studio: Studio, tmp_path: Path, change: Change
    ) -> None:
        footage = change.footage(studio, "mp4")

        grown = PyAvMaker().make_live_storyboard(footage, tmp_path, Growth(begins_s=0.0))

        tiles = tiles_in(tmp_path, grown.made.assets[-1].name)
        size = (grown.board.tile_height, grown.board.tile_width, 3)
        assert [tile.shape for tile in tiles] == [size] * 2
        assert filled(tiles[0]) == pytest.approx((1.0, 1.0), abs=0.03)
        assert filled(tiles[-1]) == pytest.approx(change.filled, abs=0.05)

    def test_a_share_is_not_squashed(self, studio: Studio, tmp_path: Path, change: Change) -> None:
        footage = change.footage(studio, "mp4")

        MoviePyComposer().compose(
            footage, Cut(start_s=1, end_s=5), Template(style="plain"), tmp_path
        )

        clip = looking.watch(tmp_path / "share.mp4")
        assert filled(clip.frames[0]) == pytest.approx((1.0, 1.0), abs=0.03)
        assert filled(clip.frames[-1]) == pytest.approx(change.filled, abs=0.03)


def tiles_in(folder: Path, vtt: str) -> list[Pixels]:
    """Return the tiles in order of time, cut out of their sheets."""
    return [
        looking.look(folder / name)[y : y + height, x : x + width]
        for _, name, (x, y, width, height) in read_cues(folder / vtt)
    ]


def lit(pixels: Pixels) -> Pixels:
    """Return what lies between the bars."""
    bright = pixels.max(axis=2) > LIT
    rows, columns = (np.flatnonzero(bright.any(axis=axis)) for axis in (1, 0))
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def filled(pixels: Pixels) -> tuple[float, float]:
    """Return the shares of the width and the height between the bars."""
    between = lit(pixels)
    return between.shape[1] / pixels.shape[1], between.shape[0] / pixels.shape[0]

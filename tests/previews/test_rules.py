"""The taste of previews: sizes, tiles and moments."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.previews import rules
from apps.previews.rules import Candidate, Moment

sides = st.integers(1, 8192)


class TestSizes:
    @given(width=sides, height=sides)
    def test_of_clips_are_even_and_never_above_the_source(self, width: int, height: int) -> None:
        made = rules.fit_clip((width, height), 480)

        assert all(side % 2 == 0 for side in made)
        assert made[0] <= max(2, width)
        assert made[1] <= max(2, height)
        assert min(made) <= 480

    def test_of_clips_keep_the_shape(self) -> None:
        assert rules.fit_clip((1920, 1080), 480) == (854, 480)
        assert rules.fit_clip((1080, 1920), 480) == (480, 854)

    @given(width=sides, height=sides)
    def test_of_clips_fit_the_level_every_phone_decodes(self, width: int, height: int) -> None:
        made = rules.fit_clip((width, height), 720)

        assert math.ceil(made[0] / 16) * math.ceil(made[1] / 16) <= 3600

    @given(width=sides, height=sides, short_side=st.sampled_from([240, 360, 480, 720]))
    def test_of_clips_are_filled_by_what_they_are_made_of(
        self, width: int, height: int, short_side: int
    ) -> None:
        clip = rules.fit_clip((width, height), short_side)

        assert rules.fit_inside((width, height), clip) == clip

    @given(width=sides, height=sides, room=st.tuples(st.integers(1, 600), st.integers(1, 600)))
    def test_of_what_is_put_in_a_room_do_not_leave_it(
        self, width: int, height: int, room: tuple[int, int]
    ) -> None:
        even = (2 * room[0], 2 * room[1])
        inside = rules.fit_inside((width, height), even)

        assert all(2 <= side <= most for side, most in zip(inside, even, strict=True))
        assert all(side % 2 == 0 for side in inside)

    def test_of_what_is_put_in_a_room_keep_the_shape(self) -> None:
        assert rules.fit_inside((360, 640), (640, 360)) == (202, 360)
        assert rules.fit_inside((424, 240), (640, 360)) == (640, 360)
        assert rules.fit_inside((640, 480), (160, 90)) == (120, 90)

    def test_of_posters_are_four(self) -> None:
        assert rules.poster_sizes((1920, 1080)) == {
            "small": (320, 180),
            "medium": (640, 360),
            "large": (960, 540),
            "full": (1280, 720),
        }

    def test_of_posters_stop_at_the_source(self) -> None:
        assert rules.poster_sizes((270, 480)) == {"small": (180, 320), "medium": (270, 480)}


class TestTileTimes:
    @pytest.mark.parametrize(
        ("duration_s", "tiles"),
        [(0.04, 1), (3, 3), (60, 30), (600, 100), (3600, 360), (7200, 720)],
    )
    def test_are_finer_for_shorter_videos(self, duration_s: float, tiles: int) -> None:
        assert len(rules.tile_times(duration_s)) == tiles

    @given(duration_s=st.floats(0.001, 12 * 3600))
    def test_are_bounded_and_inside(self, duration_s: float) -> None:
        times = rules.tile_times(duration_s)

        assert 1 <= len(times) <= rules.MAX_TILES
        assert times[0] == 0
        assert times[-1] < duration_s


class TestPickMoments:
    def test_takes_the_best_of_each_third(self) -> None:
        scores = {10: 0.1, 20: 0.9, 40: 0.2, 50: 0.8, 70: 0.7, 85: 0.3}

        moments = rules.pick_moments(candidates(scores), duration_s=100, total_s=6)

        assert moments == [Moment(20, 2), Moment(50, 2), Moment(70, 2)]

    def test_leaves_out_the_first_3_and_the_last_5_percent(self) -> None:
        scores = {0: 3.0, 2: 3.0, 50: 0.1, 94: 3.0, 98: 3.0}

        moments = rules.pick_moments(candidates(scores), duration_s=100, total_s=6)

        assert [one.at_s for one in moments] == [50]

    def test_plays_a_short_video_whole(self) -> None:
        moments = rules.pick_moments(candidates({0: 0.1, 2: 0.9}), duration_s=4, total_s=6)

        assert moments == [Moment(0, 4)]

    def test_begins_at_the_only_key_frame_there_is(self) -> None:
        moments = rules.pick_moments(candidates({0: 0.1}), duration_s=60, total_s=6)

        assert moments == [Moment(0, 6)]

    @given(
        at=st.lists(st.integers(0, 59), min_size=1, unique=True).map(sorted),
        duration_s=st.floats(60, 61),
    )
    def test_never_shows_anything_twice(self, at: list[int], duration_s: float) -> None:
        moments = rules.pick_moments(
            candidates(dict.fromkeys(at, 1.0)), duration_s=duration_s, total_s=6
        )

        ends_s = [one.at_s + one.length_s for one in moments]
        assert sum(one.length_s for one in moments) <= 6.001
        assert all(end <= one.at_s for end, one in zip(ends_s, moments[1:], strict=False))
        assert ends_s[-1] <= duration_s

    def test_shows_nothing_that_looks_like_what_it_shows_already(self) -> None:
        meadow, street = (0.9, 0.1), (0.1, 0.9)
        found = [
            Candidate(10, 3.0, meadow),
            Candidate(40, 2.0, meadow),
            Candidate(50, 1.9, street),
            Candidate(80, 1.5, meadow),
        ]

        moments = rules.pick_moments(found, duration_s=100, total_s=6)

        assert moments == [Moment(10, 3), Moment(50, 3)]

    def test_leaves_out_what_is_far_worse_than_the_rest(self) -> None:
        scores = {10: 0.05, 40: 2.0, 45: 2.0, 70: 0.01, 80: 1.8}

        moments = rules.pick_moments(candidates(scores), duration_s=100, total_s=6)

        assert [one.at_s for one in moments] == [40, 80]


class TestPickPosters:
    def test_offers_the_best_first_and_each_look_once(self) -> None:
        found = [
            Candidate(1, 1.0, (1.0, 0.0)),
            Candidate(2, 3.0, (0.5, 0.5)),
            Candidate(3, 2.0, (0.51, 0.49)),
        ]

        assert [one.at_s for one in rules.pick_posters(found)] == [2, 1]


class TestAppeal:
    def test_puts_a_lively_moment_above_a_still_one_but_not_above_beauty(self) -> None:
        still = rules.appeal(1.0, motion=0, loudness=0, novelty=0)
        lively = rules.appeal(1.0, motion=1, loudness=1, novelty=1)
        beautiful = rules.appeal(3.0, motion=0, loudness=0, novelty=0)

        assert still < lively < beautiful


class TestSnapBack:
    @pytest.mark.parametrize(
        ("at_s", "snapped"), [(0.5, 1.0), (1.0, 1.0), (3.9, 2.0), (4.0, 4.0), (99.0, 4.0)]
    )
    def test_goes_to_the_last_key_frame_before(self, at_s: float, snapped: float) -> None:
        assert rules.snap_back([1.0, 2.0, 4.0], at_s) == snapped


class TestSheetGrid:
    @given(tiles=st.integers(1, rules.SHEET_TILES))
    def test_holds_every_tile_without_an_empty_row(self, tiles: int) -> None:
        columns, rows = rules.sheet_grid(tiles)

        assert (rows - 1) * columns < tiles <= rows * columns


def candidates(scores: dict[int, float]) -> list[Candidate]:
    return [Candidate(at_s, score) for at_s, score in scores.items()]

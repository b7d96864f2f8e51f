"""Which renditions there are, and how much pressure is too much: decided without ffmpeg."""

from __future__ import annotations

import pytest

from workers.ingest.avc import Picture
from workers.ingest.encoding import HARDWARE, X264, Encoder, find_encoder
from workers.ingest.ladder import below, cut_to, read_sides
from workers.ingest.pressure import Pressure

LANDSCAPE = Picture(1280, 720, "avc1.64001f")
UPRIGHT = Picture(720, 1280, "avc1.64001f")


class TestRungs:
    def test_are_below_the_source(self) -> None:
        assert below((1080, 720, 480, 240), LANDSCAPE) == (480, 240)
        assert below((720, 480), Picture(426, 240, "")) == ()

    def test_are_shaped_as_the_picture_with_even_sides(self) -> None:
        sizes = [(rung.width, rung.height) for rung in cut_to((480, 240), LANDSCAPE)]
        upright = [(rung.width, rung.height) for rung in cut_to((480, 240), UPRIGHT)]

        assert sizes == [(854, 480), (426, 240)]
        assert upright == [(480, 854), (240, 426)]

    def test_of_a_smaller_session_are_not_scaled_up(self) -> None:
        small = Picture(427, 241, "")

        sizes = [(rung.width, rung.height) for rung in cut_to((480, 240), small)]

        assert sizes[0] == (426, 240)
        assert all(width <= 427 and height <= 241 for width, height in sizes)

    @pytest.mark.parametrize("pixels", [(1278, 719), (500, 333), (121, 4096), (2, 2)])
    def test_never_exceed_an_odd_source(self, pixels: tuple[int, int]) -> None:
        rungs = cut_to((1080, 480, 120), Picture(*pixels, ""))

        assert all(rung.width <= pixels[0] and rung.height <= pixels[1] for rung in rungs)
        assert all(rung.width % 2 == 0 and rung.height % 2 == 0 for rung in rungs)


class TestReadSides:
    def test_orders_them(self) -> None:
        assert read_sides("240, 720,480") == (720, 480, 240)
        assert read_sides("") == ()

    @pytest.mark.parametrize("text", ["on", "720p", "0", "4320", "720,480,360,240"])
    def test_refuses_what_is_no_ladder(self, text: str) -> None:
        with pytest.raises(ValueError, match=text):
            read_sides(text)


@pytest.mark.media
class TestFindEncoder:
    def test_takes_the_first_that_really_encodes(self) -> None:
        missing = Encoder("h264_of_a_machine_that_is_elsewhere")

        assert find_encoder([missing, X264, *HARDWARE]) == X264

    def test_falls_back_to_x264(self) -> None:
        assert find_encoder([Encoder("libx264", ("-preset", "no-such-preset"))]) == X264


class TestPressure:
    def test_is_too_high_where_media_passes_slower_than_time(self) -> None:
        pressure = Pressure()
        for second in range(10):
            pressure.note(second, media_s=second * 0.8, waited_s=0.9)

        assert pressure.is_too_high

    def test_is_fine_for_a_file_that_is_sent_as_fast_as_it_goes(self) -> None:
        pressure = Pressure()
        for second in range(10):
            pressure.note(second, media_s=second * 3, waited_s=0.9)

        assert not pressure.is_too_high

    def test_is_fine_for_a_phone_whose_network_is_slow(self) -> None:
        pressure = Pressure()
        for second in range(10):
            pressure.note(second, media_s=second * 0.5, waited_s=0.0)

        assert not pressure.is_too_high

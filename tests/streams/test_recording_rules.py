"""What recordings, ladders and playlists must be, without a store or a video."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.streams.contracts import Rung
from apps.streams.rules.airtime import Airtime, Turn, airtime
from apps.streams.rules.ladders import ladder, pieces
from apps.streams.rules.playlists import Segment, Variant, avc_codec, master, media, parse
from apps.streams.rules.recordings import is_short, pause_before
from tests.conftest import NOON

SECOND = timedelta(seconds=1)
RUNG = Rung(short_side=720, width=1280, height=720, bitrate_bps=2_800_000)


class TestAirtime:
    @given(
        moments=st.lists(st.tuples(st.integers(-50, 650), st.booleans()), max_size=12),
        order=st.randoms(use_true_random=False),
    )
    def test_is_the_same_in_any_order_and_told_twice(self, moments: list, order: object) -> None:  # type: ignore[type-arg]
        turns = [Turn(NOON + at * SECOND, is_on) for at, is_on in moments]
        shuffled = turns * 2
        order.shuffle(shuffled)  # type: ignore[attr-defined]
        span = {"began_at": NOON, "ended_at": NOON + 600 * SECOND}

        found = airtime(turns, **span)

        assert airtime(shuffled, **span) == found
        assert 0 <= found.seconds <= 600

    def test_leaves_out_what_the_encoder_was_away(self) -> None:
        turns = [Turn(NOON + 100 * SECOND, is_on=False), Turn(NOON + 160 * SECOND, is_on=True)]

        found = airtime(turns, began_at=NOON, ended_at=NOON + 300 * SECOND)

        assert found == Airtime(240.0, 1)


class TestIsShort:
    @pytest.mark.parametrize(
        ("duration_s", "absences", "is_told"),
        [(3600, 0, False), (3524, 0, False), (3520, 0, True), (3505, 1, False), (4000, 0, False)],
    )
    def test_allows_for_what_measuring_may_be_off(
        self, duration_s: float, absences: int, *, is_told: bool
    ) -> None:
        assert is_short(duration_s, on_air_s=3600, absences=absences, lease_s=20) is is_told


class TestPause:
    def test_doubles_up_to_an_hour(self) -> None:
        minutes = [pause_before(tries).total_seconds() / 60 for tries in (0, 1, 2, 5, 1_000)]

        assert minutes == [2, 4, 8, 60, 60]


class TestLadder:
    @given(width=st.integers(16, 4096), height=st.integers(16, 4096), rate=st.floats(1e4, 5e7))
    def test_is_never_above_the_source_and_can_be_encoded(
        self, width: int, height: int, rate: float
    ) -> None:
        rungs = ladder(width=width, height=height, bitrate_bps=rate)

        assert 1 <= len(rungs) <= 4
        for rung in rungs:
            assert rung.width % 2 == rung.height % 2 == 0
            assert rung.width <= width + 1
            assert rung.height <= height + 1
            assert rung.bitrate_bps <= max(rate * 1.1, 150_000)
        assert len({rung.name for rung in rungs}) == len(rungs)

    @pytest.mark.parametrize(
        ("size", "sizes"),
        [
            ((1920, 1080), [(1920, 1080), (1280, 720), (854, 480), (640, 360)]),
            ((1080, 1920), [(1080, 1920), (720, 1280), (480, 854), (360, 640)]),
            ((3840, 2160), [(1920, 1080), (1280, 720), (854, 480), (640, 360)]),
            ((640, 360), [(640, 360), (426, 240)]),
        ],
    )
    def test_keeps_the_shape(self, size: tuple[int, int], sizes: list[tuple[int, int]]) -> None:
        rungs = ladder(width=size[0], height=size[1], bitrate_bps=1e7)

        assert [(rung.width, rung.height) for rung in rungs] == sizes


class TestPieces:
    @given(duration_s=st.floats(0.1, 50_000), has_audio=st.booleans())
    def test_cover_all_of_it_once(self, duration_s: float, *, has_audio: bool) -> None:
        made = pieces(duration_s=duration_s, has_audio=has_audio, rungs=(RUNG,))

        pictures = [piece for piece in made if piece.rungs]
        assert len(made) - len(pictures) == int(has_audio)
        ends = 0.0
        for piece in pictures:
            assert piece.start_s == ends
            ends += piece.length_s
        assert duration_s <= ends <= duration_s + 20


class TestPlaylist:
    def test_is_read_as_it_was_written(self) -> None:
        segments = [
            Segment(uri="a.m4s", duration_s=4.0, size_bytes=10, init="i.mp4"),
            Segment(uri="b.m4s", duration_s=2.5, start_s=4.0, size_bytes=5, init="i.mp4"),
        ]

        text = media(segments)

        assert parse(text) == segments
        assert "#EXT-X-TARGETDURATION:4\n" in text
        assert text.count("#EXT-X-MAP") == 1

    def test_tells_players_what_each_rendition_costs(self) -> None:
        pictures = [Segment(uri="a", duration_s=4, size_bytes=1_000_000)]
        sound = [Segment(uri="s", duration_s=4, size_bytes=50_000)]

        text = master([Variant(RUNG, pictures, "avc1.64001f")], sound)

        assert "BANDWIDTH=2100000,AVERAGE-BANDWIDTH=2100000" in text
        assert 'CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,AUDIO="sound"' in text

    def test_names_the_codec_by_the_decoder_settings(self) -> None:
        assert avc_codec(b"....avcC\x01\x4d\x40\x28") == "avc1.4d4028"

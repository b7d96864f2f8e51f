"""The health of a stream, from the times and sizes of its frames."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from workers.ingest.chunks import AUDIO, VIDEO
from workers.ingest.meter import Meter, Rhythm


def a_meter(*, seconds: int = 20, fps: int = 30, size: int = 1000, key_every: int = 60) -> Meter:
    meter = Meter()
    for number in range(seconds * fps):
        meter.frame(VIDEO, number * 1000 // fps, size, is_key=number % key_every == 0)
    return meter


class TestHealth:
    def test_is_measured_over_the_last_seconds(self) -> None:
        meter = a_meter(fps=30, size=1000, key_every=60)
        for number in range(1000):
            meter.frame(AUDIO, number * 20, 200, is_key=False)

        health = meter.health()

        assert health.fps == pytest.approx(30, abs=0.1)
        assert health.bitrate_bps == pytest.approx(240_000, rel=0.01)
        assert health.keyframe_interval_s == 2
        assert health.audio_bitrate_bps == pytest.approx(80_000, rel=0.01)
        assert health.dropped_frames == 0

    def test_forgets_what_slid_out_of_the_window(self) -> None:
        meter = a_meter(seconds=20, size=1000)
        for number in range(11 * 30):
            meter.frame(VIDEO, 20_000 + number * 1000 // 30, 2000, is_key=False)

        assert meter.health().bitrate_bps == pytest.approx(480_000, rel=0.01)

    def test_is_nothing_before_the_second_frame(self) -> None:
        meter = Meter()
        meter.frame(VIDEO, 0, 1000, is_key=True)

        assert set(vars_of(meter)) == {0}


class TestRhythm:
    @pytest.mark.parametrize("fps", [15, 24, 25, 29.97, 60])
    def test_drops_nothing_at_a_steady_rate(self, fps: float) -> None:
        assert dropped([n * 1000 / fps for n in range(300)]) == 0

    def test_counts_each_frame_that_is_missing(self) -> None:
        moments = [n * 1000 / 30 for n in range(300) if n not in {100, 150, 151, 152, 200}]

        assert dropped(moments) == 5

    def test_takes_a_pause_for_a_pause(self) -> None:
        moments = [n * 40 for n in range(50)]

        assert dropped([*moments, *(moment + 30_000 for moment in moments)]) == 0

    def test_gets_used_to_a_camera_that_slows_down_in_the_dark(self) -> None:
        bright = [n * 33 for n in range(100)]
        dark = [bright[-1] + 66 * n for n in range(1, 300)]

        assert dropped(bright + dark) < 10


def dropped(moments: Sequence[float]) -> int:
    rhythm = Rhythm()
    for moment in moments:
        rhythm.add(int(moment))
    return rhythm.dropped


def vars_of(meter: Meter) -> list[float]:
    health = meter.health()
    return [health.bitrate_bps, health.fps, health.keyframe_interval_s, health.dropped_frames]

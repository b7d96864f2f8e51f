"""The auto-play preview on a phone: muted, in place, round and round, of a file without sound."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Phone
from tests.browser.test_feed import PREVIEW, a_recording_with_previews

pytestmark = [pytest.mark.browser, pytest.mark.media]

# Each time it is seen further back than before, it has passed its end once.
COUNT_ROUNDS = """video => {
    window.rounds = 0;
    let before = video.currentTime;
    video.addEventListener('timeupdate', () => {
        if (video.currentTime < before - 1) window.rounds += 1;
        before = video.currentTime;
    });
}"""
HOW_IT_PLAYS = """video => ({
    muted: video.muted, loop: video.loop, inline: video.playsInline,
    ended: video.ended, paused: video.paused, sound: video.webkitAudioDecodedByteCount,
    wide: video.videoWidth, tall: video.videoHeight, seconds: video.duration,
    mean: (() => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [32, 18];
        const pen = canvas.getContext('2d');
        pen.drawImage(video, 0, 0, 32, 18);
        const levels = pen.getImageData(0, 0, 32, 18).data.filter((_, at) => at % 4 < 3);
        return levels.reduce((sum, one) => sum + one, 0) / levels.length;
    })(),
})"""


@pytest.mark.django_db(transaction=True)
class TestThePreview:
    def test_loops_in_the_card_without_a_sound(self, phone: Phone) -> None:
        a_recording_with_previews()
        phone.log_in()
        phone.wait_playing(PREVIEW)

        phone.page.eval_on_selector(PREVIEW, COUNT_ROUNDS)
        phone.page.wait_for_function("() => window.rounds >= 1", timeout=30_000)

        phone.keep_picture("preview-loop")
        told: dict[str, Any] = phone.page.eval_on_selector(PREVIEW, HOW_IT_PLAYS)
        assert {name: told[name] for name in ("muted", "loop", "inline")} == {
            "muted": True,
            "loop": True,
            "inline": True,
        }
        assert (told["paused"], told["ended"], told["sound"]) == (False, False, 0)
        assert 4 <= told["seconds"] <= 6.2
        assert told["wide"] > told["tall"] > 0
        assert 20 < told["mean"] < 235
        assert phone.complaints == []

"""How much a client wants to load, out of what it says."""

from __future__ import annotations

import pytest

from kit import hints


class TestQuality:
    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            ({}, "normal"),
            ({"HTTP_SAVE_DATA": "On"}, "data-saver"),
            ({"HTTP_SAVE_DATA": "off"}, "normal"),
            ({"HTTP_ECT": "3g"}, "data-saver"),
            ({"HTTP_ECT": "4g"}, "normal"),
            ({"HTTP_DOWNLINK": "0.4"}, "data-saver"),
            ({"HTTP_SEC_CH_VIEWPORT_WIDTH": "390", "HTTP_SEC_CH_DPR": "3"}, "normal"),
            ({"HTTP_SEC_CH_VIEWPORT_WIDTH": "820", "HTTP_SEC_CH_DPR": "2"}, "high"),
            ({"HTTP_SEC_CH_VIEWPORT_WIDTH": "2000", "HTTP_SAVE_DATA": "on"}, "data-saver"),
            ({"HTTP_DOWNLINK": "nan", "HTTP_SEC_CH_DPR": "1e999"}, "normal"),
        ],
    )
    def test_follows_the_hints(self, said: dict[str, str], expected: str) -> None:
        assert hints.quality(said) == expected

    def test_is_what_was_asked_for(self) -> None:
        assert hints.quality({"HTTP_SAVE_DATA": "on"}, "high") == "high"

    def test_ignores_what_nobody_offers(self) -> None:
        assert hints.quality({"HTTP_SAVE_DATA": "on"}, "huge") == "data-saver"

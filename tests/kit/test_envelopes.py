from __future__ import annotations

import json
from typing import Any

import pytest

from kit import envelopes
from kit.documents import announce
from tests.conftest import NOON
from tests.workers.bells import Rang


def an_envelope(**changed: Any) -> dict[str, Any]:
    return {**announce(Rang(at=NOON, tune="taps"))[0], **changed}


class TestEncode:
    def test_writes_what_decode_reads(self) -> None:
        written = an_envelope(data={"tune": "Für Elise 🎹"})

        assert envelopes.decode(envelopes.encode(written)) == written

    @pytest.mark.parametrize(
        "spoilt",
        [
            "a text",
            None,
            an_envelope(id=7),
            an_envelope(id=""),
            an_envelope(id="i" * 256),
            an_envelope(key=None),
            an_envelope(key="ü" * 128),
            an_envelope(data={"tune": float("nan")}),
            an_envelope(data={"tune": NOON}),
            an_envelope(data={"tune": b"bytes"}),
        ],
    )
    def test_refuses_what_is_no_event(self, spoilt: object) -> None:
        with pytest.raises(envelopes.Unfit) as refused:
            envelopes.encode(spoilt)

        assert refused.value.code == "unreadable"

    def test_refuses_what_has_no_end(self) -> None:
        circle = an_envelope()
        circle["data"]["again"] = circle

        with pytest.raises(envelopes.Unfit):
            envelopes.encode(circle)

    def test_allows_no_more_than_its_limit(self) -> None:
        room = envelopes.MAX_BYTES - len(envelopes.encode(an_envelope(data={"tune": ""})))
        envelopes.encode(an_envelope(data={"tune": "x" * room}))

        with pytest.raises(envelopes.Unfit) as refused:
            envelopes.encode(an_envelope(data={"tune": "x" * (room + 1)}))

        assert refused.value.code == "too-large"


class TestDecode:
    def test_takes_what_a_newer_release_says_and_any_size(self) -> None:
        newer = an_envelope(mood="happy", data={"tune": "x" * 2 * envelopes.MAX_BYTES})

        assert envelopes.decode(json.dumps(newer).encode()) == newer

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"\xff\xfe",
            b"[]",
            b"7",
            b"[" * 100_000,
            *(
                json.dumps(an_envelope(**{name: None})).encode()
                for name in ("id", "key", "at", "data")
            ),
            json.dumps(an_envelope(at="yesterday")).encode(),
            json.dumps(an_envelope(data=["tune"])).encode(),
        ],
    )
    def test_refuses_what_no_release_writes(self, body: bytes) -> None:
        with pytest.raises(envelopes.Unfit) as refused:
            envelopes.decode(body)

        assert refused.value.code == "unreadable"

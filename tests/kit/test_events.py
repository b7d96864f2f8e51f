from __future__ import annotations

import json

import pytest

from apps.streams.events import BroadcastLive
from kit import request_ids
from tests.conftest import NOON

LIVE = BroadcastLive(
    at=NOON, broadcast_id="b", creator_id="c", title="t", visibility="public", session_epoch=1
)


class TestEvent:
    def test_survives_the_wire(self) -> None:
        assert BroadcastLive.read(json.loads(json.dumps(LIVE.envelope()))) == LIVE

    def test_carries_the_request_that_caused_it(self) -> None:
        request_ids.bind("from-the-phone")

        caused = BroadcastLive.read(LIVE.envelope() | {"request_id": "from-the-phone"})

        assert caused.request_id == "from-the-phone"
        assert caused.event_id == LIVE.event_id

    def test_ignores_a_field_of_a_newer_release(self) -> None:
        newer = LIVE.envelope()
        newer["data"]["mood"] = "happy"

        assert BroadcastLive.read(newer) == LIVE

    def test_refuses_an_envelope_without_what_every_release_has(self) -> None:
        older = LIVE.envelope()
        del older["data"]["broadcast_id"]

        with pytest.raises(TypeError):
            BroadcastLive.read(older)


class TestRequestIds:
    def test_keeps_a_clean_id(self) -> None:
        assert request_ids.bind("abc-123") == "abc-123"

    @pytest.mark.parametrize("offered", [None, "", "a b", "x" * 65, 'id"}\n{"level":"error'])
    def test_replaces_what_could_forge_a_log_line(self, offered: str | None) -> None:
        bound = request_ids.bind(offered)

        assert bound != offered
        assert request_ids.current() == bound

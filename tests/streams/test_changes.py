"""What a creator changes of a broadcast over the API, and what an interruption looks like."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kit.documents import utc_now
from kit.ids import new_id
from tests.accounts.builders import Caller
from tests.streams.builders import announced, state_of
from tests.streams.calls import Session, go_live, hook, let_in, open_broadcast, problem, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def eve() -> Caller:
    return Caller("eve")


class TestChangeOfABroadcast:
    def test_moves_it(self, ada: Caller) -> None:
        tomorrow = (utc_now() + timedelta(days=1)).replace(microsecond=0)
        opened = open_broadcast(ada, starts_at=(tomorrow - timedelta(hours=1)).isoformat())
        path = f"broadcasts/{opened['broadcast']['id']}"

        answer = ada.send("PATCH", path, {"starts_at": tomorrow.isoformat(), "title": "Later"})

        assert answer.status_code == 200
        assert answer.json() == ada.send("GET", path).json()
        assert (answer.json()["title"], answer.json()["state"]) == ("Later", "scheduled")
        assert announced(opened["broadcast"]["id"])[-1] == "broadcast.rescheduled"

    @pytest.mark.parametrize(
        ("wanted", "refusal"),
        [
            ({"starts_at": "2001-01-01T00:00:00Z"}, (422, "starts-in-the-past")),
            ({"starts_at": (utc_now() + timedelta(days=1)).isoformat()}, (409, "went-live")),
            ({"starts_at": "9999-12-31T23:59:00Z"}, (422, "invalid")),
            ({"state": "ended"}, (422, "invalid")),
            ({"starts_at": None}, (422, "invalid")),
        ],
    )
    def test_refuses_what_cannot_be(
        self, ada: Caller, wanted: object, refusal: tuple[int, str]
    ) -> None:
        live = go_live(ada)

        answer = ada.send("PATCH", f"broadcasts/{live.broadcast_id}", wanted)

        assert problem(answer) == refusal

    @pytest.mark.parametrize("method", ["PATCH", "DELETE"])
    def test_is_for_its_creator(self, ada: Caller, eve: Caller, method: str) -> None:
        shown, hidden = (go_live(ada, visibility=one) for one in ("public", "private"))

        answers = [
            eve.send(method, f"broadcasts/{session.broadcast_id}", {"title": "Mine"})
            for session in (shown, hidden)
        ]

        assert [problem(answer) for answer in answers] == [
            (403, "not-your-broadcast"),
            (404, "broadcast-not-found"),
        ]
        assert state_of(shown.broadcast_id) == "live"


class TestDelete:
    def test_cancels_before_air(self, ada: Caller) -> None:
        broadcast_id = open_broadcast(ada)["broadcast"]["id"]

        answer = ada.send("DELETE", f"broadcasts/{broadcast_id}")

        assert (answer.status_code, state_of(broadcast_id)) == (204, "cancelled")

    def test_takes_it_out_of_everyones_sight_afterwards(self, ada: Caller, eve: Caller) -> None:
        live = go_live(ada)
        path = f"broadcasts/{live.broadcast_id}"

        statuses = [ada.send("DELETE", path).status_code for _ in range(2)]

        assert statuses == [204, 204]
        assert problem(eve.send("GET", path)) == (404, "broadcast-not-found")
        assert problem(eve.send("GET", f"{path}/playback")) == (404, "broadcast-not-found")
        assert ada.send("GET", path).json()["state"] == "removed"
        assert ada.send("GET", f"broadcasts?creator={ada.id}").json()["items"] == []
        assert tell("heartbeat", live).json()["continue"] is False


class TestAnInterruption:
    def test_says_until_when_its_encoder_is_waited_for(self, ada: Caller, eve: Caller) -> None:
        live = go_live(ada, reconnect_window_s=90)
        path = f"broadcasts/{live.broadcast_id}"
        before = utc_now()

        tell("stopped", live)

        found = eve.send("GET", path).json()
        until = datetime.fromisoformat(found["reconnect_until"])
        assert (found["state"], found["is_live"]) == ("interrupted", True)
        assert timedelta(seconds=89) <= until - before <= timedelta(seconds=100)
        assert eve.send("GET", f"{path}/playback").status_code == 200

    def test_is_over_with_a_heartbeat_that_says_it_plays(self, ada: Caller) -> None:
        first = go_live(ada)
        tell("stopped", first)
        again = let_in(first.key)

        answer = hook({"event": "heartbeat", **again.ids, "playing": True})

        assert answer.json() == {"continue": True}
        assert state_of(first.broadcast_id) == "live"

    def test_is_no_matter_of_a_broadcast_that_is_unknown(self) -> None:
        told = {"event": "heartbeat", **Session(new_id(), "", 1).ids, "playing": True}

        assert hook(told).json()["continue"] is False

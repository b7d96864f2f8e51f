"""What the API tells a viewer of where to watch: the address of a broadcast or its recording."""

from __future__ import annotations

import pytest

from tests.accounts.builders import Caller
from tests.streams.builders import a_stored_recording
from tests.streams.calls import go_live, open_broadcast, problem, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def eve() -> Caller:
    return Caller("eve")


class TestPlayback:
    def test_is_a_signed_address_while_on_air(self, ada: Caller, eve: Caller) -> None:
        live = go_live(ada)

        answer = eve.send("GET", f"broadcasts/{live.broadcast_id}/playback")

        found = answer.json()
        assert (answer.status_code, found["is_live"]) == (200, True)
        assert found["url"].startswith("http://testserver/live/")
        assert found["url"].endswith("/index.m3u8")
        assert live.key not in found["url"]
        assert live.broadcast_id not in found["url"]

    def test_stays_while_the_encoder_may_come_back(self, ada: Caller) -> None:
        live = go_live(ada)
        tell("stopped", live)

        found = ada.send("GET", f"broadcasts/{live.broadcast_id}/playback").json()

        assert (found["is_live"], found["url"].rpartition("/")[2]) == (True, "index.m3u8")

    def test_is_the_recording_once_it_is_over(self, ada: Caller, eve: Caller) -> None:
        live = go_live(ada)
        ada.send("POST", f"broadcasts/{live.broadcast_id}/end")
        a_stored_recording(live.broadcast_id)

        found = eve.send("GET", f"broadcasts/{live.broadcast_id}/playback").json()

        assert (found["is_live"], found["url"].rpartition("/")[2]) == (False, "recording.mp4")

    def test_is_not_there_before_the_first_picture(self, ada: Caller) -> None:
        broadcast_id = open_broadcast(ada)["broadcast"]["id"]

        answer = ada.send("GET", f"broadcasts/{broadcast_id}/playback")

        assert problem(answer) == (404, "recording-not-found")

    def test_is_not_for_those_who_may_not_watch(self, ada: Caller, eve: Caller) -> None:
        live = go_live(ada, visibility="private")

        answer = eve.send("GET", f"broadcasts/{live.broadcast_id}/playback")

        assert problem(answer) == (404, "broadcast-not-found")


class TestRecording:
    def test_says_what_it_is_but_not_where_it_lies(self, ada: Caller, eve: Caller) -> None:
        live = go_live(ada)
        stored = a_stored_recording(live.broadcast_id, storage_name="recordings/hidden.mp4")

        answers = [
            eve.send("GET", f"broadcasts/{live.broadcast_id}/recording"),
            eve.send("GET", f"recordings/{stored.id}"),
        ]

        assert answers[0].json() == answers[1].json()
        assert (answers[0].json()["id"], answers[0].json()["state"]) == (stored.id, "stored")
        assert "hidden" not in answers[0].content.decode()

    def test_is_not_for_those_who_may_not_watch(self, ada: Caller, eve: Caller) -> None:
        live = go_live(ada, visibility="followers")
        stored = a_stored_recording(live.broadcast_id, visibility="followers")

        answers = [
            eve.send("GET", f"broadcasts/{live.broadcast_id}/recording"),
            eve.send("GET", f"recordings/{stored.id}"),
        ]

        assert [problem(answer) for answer in answers] == [(404, "broadcast-not-found")] * 2

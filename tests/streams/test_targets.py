"""Simulcast targets: whose they are, where they may lead, and that a key never comes out."""

from __future__ import annotations

import pytest

from apps.streams.documents.targets import StreamTarget
from apps.streams.rules.targets import MAX_TARGETS, is_target_address
from tests.accounts.builders import Caller
from tests.streams.calls import errors, open_broadcast, problem

TARGET = {"label": "A service", "url": "rtmps://live.example.org/app", "key": "theirs"}


class TestAnAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "rtmp://live.example.org/app",
            "rtmps://live.example.org:443/app/more",
            "rtmp://9.9.9.9/app",
        ],
    )
    def test_is_of_the_open_internet(self, url: str) -> None:
        assert is_target_address(url)

    @pytest.mark.parametrize(
        "url",
        [
            *("", "rtmp://", "rtmp://live.example.org", "rtmp://live.example.org/"),
            *("http://live.example.org/app", "rtmp://wowza/app", "rtmp://localhost/app"),
            *("rtmp://127.0.0.1/app", "rtmp://10.1.2.3/app", "rtmp://[::1]/app"),
            *("rtmp://169.254.169.254/latest", "rtmp://db.internal/app", "rtmp://a.b:0/app"),
            *("rtmp://a.b:99999/app", "rtmp://[zz]/app"),
        ],
    )
    def test_leads_nowhere_into_our_network(self, url: str) -> None:
        assert not is_target_address(url)


@pytest.mark.django_db
class TestTargets:
    @pytest.fixture
    def ada(self) -> Caller:
        return Caller("ada")

    @pytest.fixture
    def path(self, ada: Caller) -> str:
        return f"broadcasts/{open_broadcast(ada)['broadcast']['id']}/targets"

    def test_are_added_listed_and_removed_without_their_keys(self, ada: Caller, path: str) -> None:
        added = ada.send("POST", path, TARGET)
        listed = ada.send("GET", path).json()

        removed = ada.send("DELETE", f"{path}/{added.json()['id']}")

        assert (added.status_code, removed.status_code) == (201, 204)
        assert listed == {"items": [added.json()], "next": None}
        assert (listed["items"][0]["state"], "key" in listed["items"][0]) == ("waiting", False)
        assert ada.send("GET", path).json()["items"] == []
        assert list(StreamTarget.objects) == []

    def test_are_nobody_elses(self, ada: Caller, path: str) -> None:
        target_id = ada.send("POST", path, TARGET).json()["id"]
        eve = Caller("eve")

        answers = [
            eve.send("GET", path),
            eve.send("POST", path, TARGET),
            eve.send("DELETE", f"{path}/{target_id}"),
        ]

        assert [problem(answer) for answer in answers] == [(403, "not-your-broadcast")] * 3

    def test_are_few(self, ada: Caller, path: str) -> None:
        for _ in range(MAX_TARGETS):
            ada.send("POST", path, TARGET)

        assert problem(ada.send("POST", path, TARGET)) == (409, "too-many-targets")

    def test_need_an_address_outside(self, ada: Caller, path: str) -> None:
        answer = ada.send("POST", path, {**TARGET, "url": "rtmp://10.0.0.1/app"})

        assert problem(answer) == (422, "bad-target")

    def test_need_all_that_an_encoder_would(self, ada: Caller, path: str) -> None:
        answer = ada.send("POST", path, {"label": "", "url": "rtmp://a.b/c", "keys": "x"})

        assert ("keys", "unknown") in errors(answer)

    def test_that_are_none_cannot_be_removed(self, ada: Caller, path: str) -> None:
        assert problem(ada.send("DELETE", f"{path}/nothing")) == (404, "target-not-found")

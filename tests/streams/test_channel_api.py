"""A creator's channel over the API: its settings, its keys, and changes of its broadcasts."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from kit.ids import new_id
from tests.accounts.builders import Caller
from tests.streams.calls import (
    errors,
    hook,
    let_in,
    open_broadcast,
    problem,
    tell,
)

pytestmark = pytest.mark.django_db

ROUTES = [
    ("GET", "channel"),
    ("PATCH", "channel"),
    ("GET", "channel/keys"),
    ("POST", "channel/keys"),
    ("DELETE", "channel/keys/{id}"),
    ("POST", "channel/keys/{id}/rotate"),
    ("PATCH", "broadcasts/{id}"),
    ("DELETE", "broadcasts/{id}"),
]


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def eve() -> Caller:
    return Caller("eve")


def make_key(caller: Caller, label: str = "phone") -> dict[str, Any]:
    answer = caller.send("POST", "channel/keys", {"label": label})
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def publish_status(key: str) -> int:
    told = {"event": "publish", "session_id": "s1", "key": key}
    return int(hook(told).status_code)


class TestEveryRoute:
    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_is_for_people_who_logged_in(self, method: str, path: str) -> None:
        answer = Client().generic(method, f"/api/v1/{path.format(id=new_id())}")

        assert problem(answer) == (401, "not-authenticated")

    @pytest.mark.parametrize(("method", "path"), ROUTES[4:])
    @pytest.mark.parametrize("unknown", [new_id(), "x", "%00"])
    def test_says_what_does_not_exist(
        self, ada: Caller, method: str, path: str, unknown: str
    ) -> None:
        answer = ada.send(method, path.format(id=unknown), {} if method == "PATCH" else None)

        kind = "key" if "keys" in path else "broadcast"
        assert problem(answer) == (404, f"{kind}-not-found")


class TestKeys:
    def test_tell_the_secret_once_and_list_what_is_known_of_it(self, ada: Caller) -> None:
        made = make_key(ada)

        listed = ada.send("GET", "channel/keys")

        assert made["ingest"]["url"] == settings.STREAMS_MEDIA_ENGINE[1]["ingest_url"]
        assert listed.json() == {"items": [made["key"]], "next": None}
        assert made["key"]["label"] == "phone"
        assert made["key"]["last_used_at"] is None
        assert made["ingest"]["key"] not in listed.content.decode()

    def test_are_listed_in_pages_newest_first_and_without_the_keys_of_broadcasts(
        self, ada: Caller, eve: Caller
    ) -> None:
        made = [make_key(ada, label)["key"]["id"] for label in ("one", "two", "three")]
        open_broadcast(ada)
        make_key(eve)

        first = ada.send("GET", "channel/keys?limit=2").json()
        rest = ada.send("GET", f"channel/keys?limit=2&cursor={first['next']}").json()

        assert [key["id"] for key in first["items"] + rest["items"]] == made[::-1]
        assert rest["next"] is None

    def test_open_the_channel(self, ada: Caller) -> None:
        session = let_in(make_key(ada)["ingest"]["key"])
        tell("started", session)

        found = ada.send("GET", f"broadcasts/{session.broadcast_id}").json()

        assert (found["creator_id"], found["state"]) == (ada.id, "live")

    def test_are_rotated_with_a_cut(self, ada: Caller) -> None:
        made = make_key(ada)
        session = let_in(made["ingest"]["key"])
        tell("started", session)

        answer = ada.send("POST", f"channel/keys/{made['key']['id']}/rotate")

        assert answer.status_code == 201
        assert tell("heartbeat", session).json()["continue"] is False
        keys = (made["ingest"]["key"], answer.json()["ingest"]["key"])
        assert [publish_status(key) for key in keys] == [403, 200]

    def test_are_revoked_with_a_cut_however_often(self, ada: Caller) -> None:
        made = make_key(ada)
        session = let_in(made["ingest"]["key"])

        answers = [ada.send("DELETE", f"channel/keys/{made['key']['id']}") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [204, 204]
        assert tell("heartbeat", session).json()["continue"] is False
        assert ada.send("GET", "channel/keys").json()["items"] == []

    def test_of_others_do_not_exist(self, ada: Caller, eve: Caller) -> None:
        made = make_key(ada)
        path = f"channel/keys/{made['key']['id']}"

        answers = [eve.send("DELETE", path), eve.send("POST", f"{path}/rotate")]

        assert [problem(answer) for answer in answers] == [(404, "key-not-found")] * 2
        assert publish_status(made["ingest"]["key"]) == 200

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            ({"label": "x" * 61}, [("label", "max-length")]),
            ({"label": ["x"]}, [("label", "invalid")]),
            ({"label": "x", "key": "mine"}, [("key", "unknown")]),
        ],
    )
    def test_are_not_made_of_anything(
        self, ada: Caller, body: object, found: list[tuple[str, str]]
    ) -> None:
        assert errors(ada.send("POST", "channel/keys", body)) == found


class TestChannel:
    def test_answers_defaults_and_limits_to_whoever_set_nothing(self, ada: Caller) -> None:
        found = ada.send("GET", "channel").json()

        assert found["settings"] == {
            "title_template": "Live on {date}",
            "visibility": "public",
            "record": True,
            "reconnect_window_s": 60,
            **dict.fromkeys(("debounce_s", "cooldown_s", "max_duration_s")),
        }
        assert found["limits"] == {
            "debounce_s": 10,
            "cooldown_s": 600,
            "max_duration_s": 43_200,
            "monthly_minutes": 0,
            "used_minutes": 0,
        }

    def test_changes_what_is_sent_and_takes_a_wish_back(self, ada: Caller) -> None:
        ada.send("PATCH", "channel", {"debounce_s": 3, "visibility": "followers"})

        answer = ada.send("PATCH", "channel", {"debounce_s": None, "cooldown_s": 5})

        body = answer.json()
        assert answer.status_code == 200
        assert (body["settings"]["debounce_s"], body["limits"]["debounce_s"]) == (None, 10)
        assert (body["limits"]["cooldown_s"], body["settings"]["visibility"]) == (5, "followers")

    def test_is_the_default_of_a_broadcast_that_says_nothing_else(self, ada: Caller) -> None:
        ada.send("PATCH", "channel", {"visibility": "unlisted", "reconnect_window_s": 9})

        usual = open_broadcast(ada)["broadcast"]
        other = open_broadcast(ada, visibility="private")["broadcast"]

        assert (usual["visibility"], usual["reconnect_window_s"]) == ("unlisted", 9)
        assert (other["visibility"], other["reconnect_window_s"]) == ("private", 9)

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            ({"debounce_s": -1}, [("debounce_s", "min-value")]),
            ({"debounce_s": 301}, [("debounce_s", "max-value")]),
            ({"cooldown_s": 86_401}, [("cooldown_s", "max-value")]),
            ({"max_duration_s": 59}, [("max_duration_s", "min-value")]),
            ({"visibility": "secret"}, [("visibility", "invalid-choice")]),
            ({"title_template": ""}, [("title_template", "blank")]),
            ({"monthly_minutes": 0}, [("monthly_minutes", "unknown")]),
        ],
    )
    def test_says_what_is_wrong(
        self, ada: Caller, body: object, found: list[tuple[str, str]]
    ) -> None:
        assert errors(ada.send("PATCH", "channel", body)) == found

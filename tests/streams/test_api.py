"""Broadcasts over the API, by people who really signed up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from apps.streams.documents.keys import IngestKey
from kit.documents import utc_now
from kit.ids import is_id, new_id
from tests.accounts.builders import Caller
from tests.streams.builders import announced, state_of
from tests.streams.calls import errors, go_live, hook, open_broadcast, problem

pytestmark = pytest.mark.django_db

ROUTES = [
    ("GET", "broadcasts"),
    ("POST", "broadcasts"),
    ("GET", "broadcasts/{id}"),
    ("POST", "broadcasts/{id}/end"),
    ("POST", "broadcasts/{id}/key"),
    ("GET", "broadcasts/{id}/playback"),
    ("GET", "broadcasts/{id}/recording"),
    ("GET", "broadcasts/{id}/targets"),
    ("DELETE", "broadcasts/{id}/targets/x"),
    ("GET", "recordings/{id}"),
]


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def eve() -> Caller:
    return Caller("eve")


class TestEveryRoute:
    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_is_for_people_who_logged_in(self, method: str, path: str) -> None:
        answer = Client().generic(method, f"/api/v1/{path.format(id=new_id())}")

        assert problem(answer) == (401, "not-authenticated")

    @pytest.mark.parametrize(("method", "path"), ROUTES[2:])
    @pytest.mark.parametrize("unknown", [new_id(), "x", "%00", "ü" * 300])
    def test_says_what_does_not_exist(
        self, ada: Caller, method: str, path: str, unknown: str
    ) -> None:
        answer = ada.send(method, path.format(id=unknown))

        kind = path.partition("s/")[0]
        assert problem(answer) == (404, f"{kind}-not-found")


class TestCreate:
    def test_answers_where_to_publish_and_the_key(self, ada: Caller) -> None:
        answer = ada.send("POST", "broadcasts", {"title": "Launch"})

        assert answer.status_code == 201
        broadcast, ingest = answer.json()["broadcast"], answer.json()["ingest"]
        assert is_id(broadcast.pop("id"))
        assert broadcast.pop("created_at")
        assert broadcast == {
            "creator_id": ada.id,
            "title": "Launch",
            "state": "ready",
            "is_live": False,
            "visibility": "public",
            "record": True,
            "reconnect_window_s": 60,
            "end_reason": "",
            "viewers": 0,
            **dict.fromkeys(("starts_at", "live_at", "ended_at", "reconnect_until", "ends_by")),
        }
        assert ingest["url"] == settings.STREAMS_MEDIA_ENGINE[1]["ingest_url"]
        assert len(ingest["key"]) >= 32

    def test_tells_the_key_this_once(self, ada: Caller) -> None:
        opened = open_broadcast(ada)
        key, path = opened["ingest"]["key"], f"broadcasts/{opened['broadcast']['id']}"

        later = [
            ada.send("GET", path),
            ada.send("GET", "broadcasts"),
            ada.send("POST", f"{path}/end"),
        ]

        assert all(key not in answer.content.decode() for answer in later)

    def test_schedules_what_starts_later(self, ada: Caller) -> None:
        starts_at = (utc_now() + timedelta(hours=1)).replace(microsecond=0)

        opened = open_broadcast(ada, starts_at=starts_at.isoformat())

        assert opened["broadcast"]["state"] == "scheduled"
        assert opened["broadcast"]["starts_at"] == starts_at.isoformat().replace("+00:00", "Z")
        assert announced(opened["broadcast"]["id"]) == ["broadcast.scheduled"]

    def test_refuses_a_start_in_the_past(self, ada: Caller) -> None:
        past = (utc_now() - timedelta(minutes=1)).isoformat()

        answer = ada.send("POST", "broadcasts", {"title": "Launch", "starts_at": past})

        assert problem(answer) == (422, "starts-in-the-past")

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            ({}, [("title", "required")]),
            ({"title": None}, [("title", "null")]),
            ({"title": "  "}, [("title", "blank")]),
            ({"title": "x" * 141}, [("title", "max-length")]),
            ({"title": "a\0b"}, [("title", "null-characters-not-allowed")]),
            ({"title": "\ud800"}, [("title", "surrogate-characters-not-allowed")]),
            ({"title": ["Launch"]}, [("title", "invalid")]),
            ({"title": "Launch", "titel": "x"}, [("titel", "unknown")]),
            ({"title": "Launch", "state": "live"}, [("state", "unknown")]),
            ({"title": "Launch", "creator_id": "x"}, [("creator_id", "unknown")]),
            ({"title": "Launch", "visibility": "secret"}, [("visibility", "invalid-choice")]),
            ({"title": "Launch", "record": "perhaps"}, [("record", "invalid")]),
            ({"title": "Launch", "starts_at": "soon"}, [("starts_at", "invalid")]),
            (
                {"title": "x", "starts_at": "9999-12-31T23:59:59-14:00"},
                [("starts_at", "overflow")],
            ),
            ({"title": "x", "starts_at": "9999-12-31T23:59:00Z"}, [("starts_at", "too-late")]),
            ({"title": "x", "reconnect_window_s": -1}, [("reconnect_window_s", "min-value")]),
            ({"title": "x", "reconnect_window_s": 1801}, [("reconnect_window_s", "max-value")]),
            (
                {"title": "", "visibility": ""},
                [("title", "blank"), ("visibility", "invalid-choice")],
            ),
            (["Launch"], [("non_field_errors", "invalid")]),
        ],
    )
    def test_says_what_is_wrong_with_a_body(
        self, ada: Caller, body: object, found: list[tuple[str, str]]
    ) -> None:
        answer = ada.send("POST", "broadcasts", body)

        assert errors(answer) == found
        assert ada.send("GET", "broadcasts").json()["items"] == []

    @pytest.mark.parametrize("body", ["", "{", "\xff", '{"title": NaN}'])
    def test_refuses_what_is_no_json(self, ada: Caller, body: str) -> None:
        answer = ada.client.post(
            "/api/v1/broadcasts",
            body.encode("latin-1"),
            content_type="application/json",
            headers={"Authorization": f"Bearer {ada.token}"},
        )

        assert problem(answer) == ((422, "invalid") if body == "" else (400, "parse-error"))

    def test_refuses_another_language(self, ada: Caller) -> None:
        answer = ada.client.post(
            "/api/v1/broadcasts",
            "title=Launch",
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Bearer {ada.token}"},
        )

        assert problem(answer) == (415, "unsupported-media-type")

    def test_takes_a_title_of_140_characters_of_any_script(self, ada: Caller) -> None:
        title = "放送" * 70

        assert open_broadcast(ada, title=title)["broadcast"]["title"] == title


class TestGet:
    @pytest.mark.parametrize(
        ("visibility", "as_stranger", "as_follower"),
        [
            ("public", 200, 200),
            ("unlisted", 200, 200),
            ("followers", 404, 200),
            ("private", 404, 404),
        ],
    )
    def test_is_for_those_who_may_watch(
        self, ada: Caller, eve: Caller, visibility: str, as_stranger: int, as_follower: int
    ) -> None:
        path = f"broadcasts/{open_broadcast(ada, visibility=visibility)['broadcast']['id']}"

        stranger = eve.send("GET", path).status_code
        eve.send("PUT", f"creators/{ada.id}/follow")
        follower = eve.send("GET", path).status_code

        assert (stranger, follower) == (as_stranger, as_follower)
        assert ada.send("GET", path).status_code == 200

    def test_hides_a_private_one_as_if_it_were_not_there(self, ada: Caller, eve: Caller) -> None:
        private = open_broadcast(ada, visibility="private")["broadcast"]["id"]
        nothing = new_id()

        hidden = eve.send("GET", f"broadcasts/{private}")
        missing = eve.send("GET", f"broadcasts/{nothing}")

        assert without_ids(hidden, private) == without_ids(missing, nothing)


class TestEnd:
    def test_takes_it_off_the_air_once(self, ada: Caller) -> None:
        live = go_live(ada)

        first = ada.send("POST", f"broadcasts/{live.broadcast_id}/end")
        second = ada.send("POST", f"broadcasts/{live.broadcast_id}/end")

        assert first.status_code == 200
        assert (first.json()["state"], first.json()["is_live"]) == ("ended", False)
        assert problem(second) == (409, "broadcast-not-live")
        assert second.json()["state"] == "ended"

    def test_cancels_what_never_was_on_air(self, ada: Caller) -> None:
        broadcast_id = open_broadcast(ada)["broadcast"]["id"]

        answer = ada.send("POST", f"broadcasts/{broadcast_id}/end")

        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


class TestRotateKey:
    def test_answers_a_key_that_opens_where_the_old_does_not(self, ada: Caller) -> None:
        opened = open_broadcast(ada)
        broadcast_id, old = opened["broadcast"]["id"], opened["ingest"]["key"]

        answer = ada.send("POST", f"broadcasts/{broadcast_id}/key")

        assert answer.status_code == 201
        new = answer.json()["ingest"]["key"]
        statuses = [
            hook({"event": "publish", "session_id": "s1", "key": key}).status_code
            for key in (old, new)
        ]
        assert statuses == [403, 200]

    def test_is_too_late_once_it_is_over(self, ada: Caller) -> None:
        live = go_live(ada)
        ada.send("POST", f"broadcasts/{live.broadcast_id}/end")

        answer = ada.send("POST", f"broadcasts/{live.broadcast_id}/key")

        assert problem(answer) == (409, "broadcast-over")


class TestSomeoneElses:
    @pytest.mark.parametrize("verb", ["end", "key"])
    @pytest.mark.parametrize(
        ("visibility", "refusal"),
        [
            ("public", (403, "not-your-broadcast")),
            ("unlisted", (403, "not-your-broadcast")),
            ("followers", (404, "broadcast-not-found")),
            ("private", (404, "broadcast-not-found")),
        ],
    )
    def test_broadcast_is_left_alone(
        self, ada: Caller, eve: Caller, verb: str, visibility: str, refusal: tuple[int, str]
    ) -> None:
        live = go_live(ada, visibility=visibility)

        answer = eve.send("POST", f"broadcasts/{live.broadcast_id}/{verb}")

        assert problem(answer) == refusal
        assert state_of(live.broadcast_id) == "live"
        assert IngestKey.objects(revoked_at=None).count() == 1


def without_ids(answer: Any, broadcast_id: str) -> tuple[int, str]:
    request_id = answer.json()["request_id"]
    text = answer.content.decode().replace(broadcast_id, "-").replace(request_id, "-")
    return answer.status_code, text

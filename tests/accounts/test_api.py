"""The accounts API over HTTP, as a phone speaks it."""

from __future__ import annotations

import pytest
from django.test import Client

from kit.ids import new_id
from tests.accounts.builders import Caller, announced_keys

pytestmark = pytest.mark.django_db


class TestMe:
    def test_shows_what_only_the_caller_may_see(self) -> None:
        ada = Caller("ada")

        body = ada.send("GET", "me").json()

        assert body.pop("created_at").endswith("Z")
        assert body == {
            "id": ada.id,
            "email": "ada@example.org",
            "handle": "ada",
            "display_name": "Ada",
        }

    def test_changes_what_is_sent(self) -> None:
        ada = Caller("ada")

        answer = ada.send("PATCH", "me", {"display_name": "Countess", "handle": "lovelace"})

        assert answer.status_code == 200
        assert answer.json()["handle"] == "lovelace"
        assert ada.send("GET", "me").json()["display_name"] == "Countess"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"handle": "No Spaces"}, "handle"),
            ({"handle": "ab"}, "handle"),
            ({"handle": "new\nline"}, "handle"),
            ({"display_name": ""}, "display_name"),
            ({"display_name": "x" * 51}, "display_name"),
            ({"is_staff": True}, "is_staff"),
        ],
    )
    def test_refuses_what_breaks_a_rule(self, body: dict[str, object], field: str) -> None:
        ada = Caller("ada")

        answer = ada.send("PATCH", "me", body)

        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]

    def test_refuses_a_handle_that_is_taken(self) -> None:
        Caller("bob")

        answer = Caller("ada").send("PATCH", "me", {"handle": "bob"})

        assert answer.status_code == 409
        assert answer.json()["code"] == "handle-taken"


class TestCreator:
    def test_shows_a_stranger_without_their_address(self) -> None:
        ada, bob = Caller("ada"), Caller("bob")

        body = bob.send("GET", f"creators/{ada.id}").json()

        assert body["handle"] == "ada"
        assert body["follow"] is None
        assert "email" not in body

    def test_who_does_not_exist_is_not_found(self) -> None:
        answer = Caller("ada").send("GET", f"creators/{new_id()}")

        assert answer.status_code == 404
        assert answer.json()["code"] == "person-not-found"

    def test_asks_who_calls(self) -> None:
        assert Client().get(f"/api/v1/creators/{new_id()}").status_code == 401


class TestFollowCreator:
    def test_follows_once_however_often_it_is_put(self) -> None:
        ada, bob = Caller("ada"), Caller("bob")

        first = bob.send("PUT", f"creators/{ada.id}/follow")
        again = bob.send("PUT", f"creators/{ada.id}/follow")

        assert first.status_code == again.status_code == 200
        assert first.json() == again.json()
        assert first.json()["follow"]["bell"] == "all"
        assert announced_keys() == ["creator.followed"]

    def test_ends_by_delete_which_may_be_repeated(self) -> None:
        ada, bob = Caller("ada"), Caller("bob")
        bob.send("PUT", f"creators/{ada.id}/follow")

        assert bob.send("DELETE", f"creators/{ada.id}/follow").status_code == 204
        assert bob.send("DELETE", f"creators/{ada.id}/follow").status_code == 204

        assert bob.send("GET", f"creators/{ada.id}").json()["follow"] is None

    def test_refuses_oneself(self) -> None:
        ada = Caller("ada")

        answer = ada.send("PUT", f"creators/{ada.id}/follow")

        assert answer.status_code == 422
        assert answer.json()["code"] == "cannot-follow-yourself"


class TestRingBell:
    def test_sets_how_loud_a_creator_is(self) -> None:
        ada, bob = Caller("ada"), Caller("bob")
        bob.send("PUT", f"creators/{ada.id}/follow")

        answer = bob.send("PUT", f"creators/{ada.id}/bell", {"bell": "highlights"})

        assert answer.status_code == 200
        assert answer.json()["follow"]["bell"] == "highlights"

    def test_needs_a_follow(self) -> None:
        ada, bob = Caller("ada"), Caller("bob")

        answer = bob.send("PUT", f"creators/{ada.id}/bell", {"bell": "all"})

        assert answer.status_code == 409
        assert answer.json()["code"] == "not-following"

    @pytest.mark.parametrize("body", [{}, {"bell": "loud"}, {"bell": "all", "extra": 1}, [1]])
    def test_refuses_what_is_no_bell(self, body: object) -> None:
        ada, bob = Caller("ada"), Caller("bob")
        bob.send("PUT", f"creators/{ada.id}/follow")

        answer = bob.send("PUT", f"creators/{ada.id}/bell", body)

        assert answer.status_code == 422


class TestBlockPerson:
    def test_keeps_them_from_following_until_it_is_taken_back(self) -> None:
        ada, bob = Caller("ada"), Caller("bob")

        assert ada.send("PUT", f"users/{bob.id}/block").status_code == 204
        refused = bob.send("PUT", f"creators/{ada.id}/follow")
        assert refused.status_code == 403
        assert refused.json()["code"] == "follow-refused"

        assert ada.send("DELETE", f"users/{bob.id}/block").status_code == 204
        assert bob.send("PUT", f"creators/{ada.id}/follow").status_code == 200

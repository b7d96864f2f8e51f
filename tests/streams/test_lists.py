"""Pages of broadcasts over the API: in which order, of which status, and who finds what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django_redis import get_redis_connection

from apps.accounts import public as accounts
from apps.streams.documents.broadcasts import Broadcast
from kit.documents import utc_now
from kit.pages import MAX_LIMIT
from tests.accounts.builders import Caller
from tests.streams.builders import a_stored_recording
from tests.streams.calls import errors, go_live, open_broadcast, problem, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def eve() -> Caller:
    return Caller("eve")


class TestList:
    def test_pages_newest_first_until_the_end(self, ada: Caller, eve: Caller) -> None:
        made = [open_broadcast(ada, title=f"{nth}")["broadcast"]["id"] for nth in range(5)]

        first = page(eve, "limit=2")
        second = page(eve, f"limit=2&cursor={first['next']}")
        third = page(eve, f"limit=2&cursor={second['next']}")

        pages = [ids(first), ids(second), ids(third)]
        assert pages == [made[4:2:-1], made[2:0:-1], made[0:1]]
        assert third["next"] is None

    def test_has_no_next_page_where_the_last_is_full(self, ada: Caller) -> None:
        open_broadcast(ada)

        assert page(ada, "limit=1")["next"] is None

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("cursor=x", "bad-cursor"),
            ("cursor=%24gt", "bad-cursor"),
            (f"cursor={'Z' * 26}", "bad-cursor"),
            ("limit=0", "bad-limit"),
            ("limit=-1", "bad-limit"),
            (f"limit={MAX_LIMIT + 1}", "bad-limit"),
            ("limit=all", "bad-limit"),
            ("limit=1.5", "bad-limit"),
        ],
    )
    def test_refuses_a_page_that_cannot_be(self, ada: Caller, query: str, code: str) -> None:
        assert problem(ada.send("GET", f"broadcasts?{query}")) == (422, code)

    @pytest.mark.parametrize(
        ("query", "field", "code"),
        [
            ("status=on-air", "status", "invalid-choice"),
            (f"creator={'x' * 27}", "creator", "max-length"),
            ("creator=%00", "creator", "null-characters-not-allowed"),
        ],
    )
    def test_refuses_a_filter_it_does_not_know(
        self, ada: Caller, query: str, field: str, code: str
    ) -> None:
        assert errors(ada.send("GET", f"broadcasts?{query}")) == [(field, code)]

    def test_sorts_by_status(self, ada: Caller) -> None:
        soon = (utc_now() + timedelta(hours=1)).isoformat()
        upcoming = open_broadcast(ada, starts_at=soon)["broadcast"]["id"]
        ready = open_broadcast(ada)["broadcast"]["id"]
        live, interrupted = go_live(ada), go_live(ada)
        tell("stopped", interrupted)
        ended = go_live(ada).broadcast_id
        ada.send("POST", f"broadcasts/{ended}/end")

        listed = {
            status: set(ids(page(ada, f"status={status}")))
            for status in ("upcoming", "ready", "live", "ended", "")
        }

        on_air = {live.broadcast_id, interrupted.broadcast_id}
        assert listed == {
            "upcoming": {upcoming},
            "ready": {ready},
            "live": on_air,
            "ended": {ended},
            "": {upcoming, ready, ended} | on_air,
        }

    def test_shows_each_viewer_what_they_may_find(self, ada: Caller, eve: Caller) -> None:
        made = {
            visibility: open_broadcast(ada, visibility=visibility)["broadcast"]["id"]
            for visibility in ("public", "followers", "unlisted", "private")
        }
        of_ada = f"creator={ada.id}"

        before = (ids(page(eve, "")), ids(page(eve, of_ada)))
        eve.send("PUT", f"creators/{ada.id}/follow")
        after = (ids(page(eve, "")), ids(page(eve, of_ada)))

        assert before == ([made["public"]], [made["public"]])
        assert after == ([made["public"]], [made["followers"], made["public"]])
        assert set(ids(page(ada, of_ada))) == set(made.values())


def page(caller: Caller, query: str) -> dict[str, Any]:
    answer = caller.send("GET", f"broadcasts?{query}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [item["id"] for item in found["items"]]


class TestBlocked:
    """To somebody barred from a creator, nothing of that creator is there."""

    @pytest.mark.parametrize("blocker_is_creator", [True, False])
    def test_find_nothing_of_each_other(
        self, ada: Caller, eve: Caller, *, blocker_is_creator: bool
    ) -> None:
        live = go_live(ada).broadcast_id
        recorded = a_stored_recording(live).id
        bob = Caller("bob")

        by, user_id = (ada.id, eve.id) if blocker_is_creator else (eve.id, ada.id)
        accounts.block(by=by, user_id=user_id)

        home = eve.send("GET", "home").json()
        assert (home["live"], home["recent"]) == ([], [])
        assert ids(page(eve, "")) == ids(page(eve, f"creator={ada.id}")) == []
        assert problem(eve.send("GET", f"broadcasts/{live}")) == (404, "broadcast-not-found")
        assert problem(eve.send("GET", f"recordings/{recorded}")) == (404, "broadcast-not-found")
        assert ids(page(bob, "")) == ids(page(ada, "")) == [live]


class TestRecordings:
    def test_are_found_by_what_their_broadcast_says_now(self, ada: Caller, eve: Caller) -> None:
        live = go_live(ada).broadcast_id
        a_stored_recording(live, visibility="public")
        assert len(eve.send("GET", "home").json()["recent"]) == 1

        Broadcast.objects(id=live).update(set__visibility="unlisted")
        get_redis_connection("default").flushall()  # the feed of a moment ago

        assert eve.send("GET", "home").json()["recent"] == []

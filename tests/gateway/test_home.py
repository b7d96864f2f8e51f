"""The first screen of a phone, in one answer and few questions."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django_redis import get_redis_connection
from pytest_django import DjangoAssertNumQueries, Settings

from apps.previews.contracts import Subject
from gateway import limits
from kit.ids import new_id
from tests.accounts.builders import a_person
from tests.gateway.builders import (
    REFUSED_PORT,
    a_preview_set,
    bearer,
    caches_with,
    rest_with,
)
from tests.streams.builders import (
    a_broadcast,
    a_live_broadcast,
    a_stored_recording,
    an_ended_broadcast,
)

pytestmark = pytest.mark.django_db


class Viewer:
    """Somebody who opens the app."""

    def __init__(self, user_id: str = "") -> None:
        self.headers = bearer(user_id or new_id())

    def home(self, **headers: str) -> Any:
        return Client().get("/api/v1/home", headers={**self.headers, **headers})


def forget() -> None:
    get_redis_connection("default").flushall()


def a_full_page(creator_id: str, *, cards: int) -> None:
    """Store as many lives, plans and recordings, all with previews where they have one."""
    for _ in range(cards):
        live = a_live_broadcast(creator_id=creator_id).broadcast_id
        a_preview_set(Subject.BROADCAST, live)
        now = datetime.now(UTC)
        a_broadcast(creator_id=creator_id, starts_at=now + timedelta(days=1), now=now)
        a_preview_set(Subject.RECORDING, a_stored_recording(an_ended_broadcast()).id)


class TestHome:
    def test_is_empty_before_anything_happened(self) -> None:
        answer = Viewer().home()

        assert answer.status_code == 200
        assert answer.json() == {"live": [], "upcoming": [], "recent": [], "unread": 0}

    def test_shows_who_is_live_with_a_preview(self) -> None:
        ada = a_person("ada")
        live = a_live_broadcast(creator_id=ada, title="Launch").broadcast_id
        a_preview_set(Subject.BROADCAST, live)

        (card,) = Viewer().home().json()["live"]

        assert card == {
            "kind": "live",
            "id": live,
            "title": "Launch",
            "creator": {"id": ada, "handle": "ada", "name": card["creator"]["name"]},
            "at": "2026-11-23T12:00:00Z",
            "duration_s": 0.0,
            "playback": f"/api/v1/broadcasts/{live}/playback",
            "viewers": 0,
            "preview": {
                "color": "#223344",
                "thumbhash": "1QcSHQRnh493V4dIh4eXh1h4kJUI",
                "aspect": 1.7778,
                "clip": {
                    "url": "/media/previews/x/preview.mp4",
                    "content_type": "video/mp4",
                    "width": 854,
                    "height": 480,
                    "duration_s": 6.0,
                    "bytes": 1_000,
                    "variant": "",
                },
                "animated": None,
                "poster": {"url": "/media/previews/x/640.jpg", "width": 640, "height": 360},
                "posters": [
                    {"url": f"/media/previews/x/{width}.jpg", "width": width, "height": height}
                    for width, height in ((320, 180), (640, 360), (1280, 720))
                ],
            },
        }

    @pytest.mark.parametrize(
        ("headers", "width"),
        [({}, 640), ({"Save-Data": "on"}, 320), ({"Sec-CH-Viewport-Width": "1600"}, 1280)],
        ids=["unsaid", "saving", "wide"],
    )
    def test_sends_as_much_as_the_client_wants_to_load(
        self, headers: dict[str, str], width: int
    ) -> None:
        a_preview_set(Subject.BROADCAST, a_live_broadcast().broadcast_id)
        viewer = Viewer()
        viewer.home()  # a cached answer for another wish must not be told

        answer = viewer.home(**headers)

        assert answer.json()["live"][0]["preview"]["poster"]["width"] == width
        assert "Save-Data" in answer["Vary"]
        assert "Sec-CH-DPR" in answer["Accept-CH"]

    def test_shows_what_comes_soonest_first(self) -> None:
        now = datetime.now(UTC)
        for hours in (5, 1, 3):
            starts_at = now + timedelta(hours=hours)
            a_broadcast(title=f"in {hours} h", starts_at=starts_at, now=now)

        cards = Viewer().home().json()["upcoming"]

        assert [card["title"] for card in cards] == ["in 1 h", "in 3 h", "in 5 h"]

    def test_shows_what_was_recorded_and_where_to_watch_it(self) -> None:
        ended = an_ended_broadcast(title="Yesterday")
        recording = a_stored_recording(ended)

        (card,) = Viewer().home().json()["recent"]

        assert (card["id"], card["title"], card["duration_s"]) == (
            recording.id,
            "Yesterday",
            40.0,
        )
        assert card["playback"] == f"/api/v1/broadcasts/{ended}/playback"
        assert (card["creator"], card["preview"]) == (None, None)

    def test_asks_each_door_once_however_many_cards_there_are(self, reads: list[str]) -> None:
        ada = a_person("ada")
        a_full_page(ada, cards=1)
        reads.clear()
        Viewer().home()
        for_one = list(reads)
        a_full_page(ada, cards=4)
        forget()
        reads.clear()

        page = Viewer().home().json()

        assert [len(page[kind]) for kind in ("live", "upcoming", "recent")] == [5, 5, 5]
        assert reads == for_one
        assert reads.count("find broadcasts") == 3  # of recordings, to see who may watch
        assert reads.count("find recordings") == 1
        assert reads.count("find profiles") == 1

    def test_asks_no_store_but_redis_while_it_is_fresh(
        self, reads: list[str], django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        viewer = Viewer()
        first = viewer.home()
        reads.clear()

        with django_assert_num_queries(0):
            second = viewer.home()

        assert reads == []
        assert (second.content, second["ETag"]) == (first.content, first["ETag"])
        assert second["Content-Type"] == "application/json"
        assert second["Cache-Control"] == "private, no-cache"

    def test_counts_a_cached_answer_against_the_limit(self) -> None:
        viewer = Viewer()

        left = [viewer.home()["RateLimit"].split(";")[1] for _ in range(3)]

        assert left == ["r=599", "r=598", "r=597"]

    def test_refuses_a_caller_who_asked_too_often(self, settings: Settings) -> None:
        settings.REST_FRAMEWORK = rest_with(DEFAULT_THROTTLE_RATES={"caller": "2/day"})
        viewer = Viewer()

        answers = [viewer.home() for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].json()["code"] == "throttled"
        assert answers[-1]["Retry-After"]

    @pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
    def test_sends_nothing_a_phone_already_has(self, known: str) -> None:
        viewer = Viewer()
        first = viewer.home()

        answer = viewer.home(**{"If-None-Match": known.format(first["ETag"])})

        assert (answer.status_code, answer.content) == (304, b"")
        assert answer["ETag"] == first["ETag"]

    def test_changes_its_etag_with_the_feed(self) -> None:
        viewer = Viewer()
        first = viewer.home()
        a_live_broadcast()
        forget()

        answer = viewer.home(**{"If-None-Match": first["ETag"]})

        assert answer.status_code == 200
        assert len(answer.json()["live"]) == 1

    def test_keeps_everybody_their_own(self) -> None:
        ada, bob = new_id(), new_id()
        Viewer(ada).home()
        get_redis_connection(limits.STORE).set(
            f"home:{ada}:normal", b'"' + b"0" * 32 + b'"' + b"{}"
        )

        assert Viewer(ada).home().json() == {}
        assert json.loads(Viewer(bob).home().content)["unread"] == 0

    def test_is_composed_each_time_while_redis_is_away(self, settings: Settings) -> None:
        settings.CACHES = caches_with("default", f"redis://127.0.0.1:{REFUSED_PORT}/0")

        answers = [Viewer().home() for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]

    def test_is_for_people_who_signed_in(self) -> None:
        answer = Client().get("/api/v1/home")

        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")
        assert answer["WWW-Authenticate"].startswith("Bearer")

    def test_tells_a_phone_to_refresh_its_token(self) -> None:
        answer = Client().get("/api/v1/home", headers={"Authorization": "Bearer x.y.z"})

        assert (answer.status_code, answer.json()["code"]) == (401, "token-invalid")
        assert answer["WWW-Authenticate"].startswith("Bearer")

"""Previews for cards of any list, for ids the client names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.previews.contracts import Subject
from apps.streams.documents.recordings import Recording
from kit.ids import new_id
from tests.gateway.builders import a_preview_set, bearer
from tests.streams.builders import ADA, a_live_broadcast, a_stored_recording, an_ended_broadcast

pytestmark = pytest.mark.django_db


def ask(query: str, *, by: str = "", **headers: str) -> Any:
    return Client().get(f"/api/v1/previews?{query}", headers={**bearer(by or new_id()), **headers})


def a_shown_live(visibility: str = "public") -> str:
    broadcast_id = a_live_broadcast(visibility=visibility).broadcast_id
    a_preview_set(Subject.BROADCAST, broadcast_id)
    return broadcast_id


def a_shown_recording() -> str:
    recording_id = str(a_stored_recording(an_ended_broadcast()).pk)
    a_preview_set(Subject.RECORDING, recording_id)
    return recording_id


class TestCardPreviews:
    def test_are_what_the_home_feed_has(self) -> None:
        live, recording, bare = a_shown_live(), a_shown_recording(), an_ended_broadcast()
        viewer = new_id()

        answer = ask(f"broadcast={live},{bare}&recording={recording}", by=viewer).json()

        feed = Client().get("/api/v1/home", headers=bearer(viewer)).json()
        (card,) = feed["live"]
        (recent,) = feed["recent"]
        assert answer == {
            "broadcasts": {live: card["preview"], bare: None},
            "recordings": {recording: recent["preview"]},
        }
        assert card["preview"]["poster"]["width"] == 640
        assert recent["preview"]["poster"]["width"] == 640
        assert card["preview"]["animated"] is None
        assert recent["preview"]["animated"] == {
            "url": "/media/previews/x/preview.webp",
            "content_type": "image/webp",
            "width": 320,
            "height": 180,
            "bytes": 1_000,
        }

    def test_are_as_large_as_the_client_wants(self) -> None:
        live = a_shown_live()

        saving = ask(f"broadcast={live}", **{"Save-Data": "on"})
        wide = ask(f"broadcast={live}&quality=high")

        assert saving.json()["broadcasts"][live]["poster"]["width"] == 320
        assert wide.json()["broadcasts"][live]["poster"]["width"] == 1280
        assert "Save-Data" in saving["Vary"]

    def test_leave_out_what_the_viewer_may_not_see(self) -> None:
        private, removed = a_shown_live("private"), a_shown_recording()
        hidden = a_shown_recording()
        of = Recording.objects.get(id=hidden).broadcast_id
        Recording.objects(id=hidden).update(set__broadcast_id=private)
        Recording.objects(id=removed).update(set__state="removed")
        query = f"broadcast={private},{of},{new_id()}&recording={removed},{hidden},{new_id()}"

        bob, ada = ask(query).json(), ask(query, by=ADA).json()

        assert (set(bob["broadcasts"]), set(bob["recordings"])) == ({of}, set())
        assert (set(ada["broadcasts"]), set(ada["recordings"])) == ({of, private}, {hidden})

    @pytest.mark.parametrize(
        ("query", "fields"),
        [
            pytest.param("", {"broadcast", "recording"}, id="none"),
            pytest.param("broadcast=,", {"broadcast", "recording"}, id="empty"),
            pytest.param("recording=../x", {"recording"}, id="no-id"),
            pytest.param(
                "&".join(f"{field}={new_id()}" for field in ("broadcast", "recording") * 26),
                {"broadcast", "recording"},
                id="too-many-together",
            ),
        ],
    )
    def test_are_refused_by_field(self, query: str, fields: set[str]) -> None:
        answer = ask(query)

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert {one["field"] for one in answer.json()["errors"]} == fields

    def test_may_be_asked_for_fifty_at_once(self) -> None:
        ids = [new_id() for _ in range(49)]
        live = a_shown_live()

        answer = ask("&".join(f"broadcast={one}" for one in (*ids, live, live)))

        assert answer.status_code == 200
        assert set(answer.json()["broadcasts"]) == {live}

    def test_take_as_few_questions_for_many_as_for_one(self, reads: list[str]) -> None:
        def query(count: int) -> str:
            lives = [a_shown_live() for _ in range(count)]
            return f"broadcast={','.join(lives)}&recording={a_shown_recording()}"

        first, second = query(1), query(20)
        reads.clear()
        ask(first)
        for_one = list(reads)
        reads.clear()

        answer = ask(second)

        assert len(answer.json()["broadcasts"]) == 20
        assert reads == for_one
        assert reads.count("find preview_sets") == 2

    def test_are_told_again_for_a_while(
        self, reads: list[str], django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        one, other, viewer = a_shown_live(), a_shown_live(), new_id()
        first = ask(f"broadcast={one},{other}", by=viewer)
        reads.clear()

        with django_assert_num_queries(0):
            second = ask(f"broadcast={other}&broadcast={one}", by=viewer)
        known = ask(f"broadcast={one},{other}", by=viewer, **{"If-None-Match": first["ETag"]})

        assert reads == []
        assert (second.content, second["ETag"]) == (first.content, first["ETag"])
        assert (known.status_code, known.content) == (304, b"")
        assert set(ask(f"broadcast={one}", by=viewer).json()["broadcasts"]) == {one}

    def test_are_for_people_who_signed_in(self) -> None:
        assert Client().get(f"/api/v1/previews?broadcast={new_id()}").status_code == 401

    def test_are_described(self) -> None:
        answer = Client().get(
            "/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"}
        )

        schema = json.loads(answer.content)
        asked = schema["paths"]["/api/v1/previews"]["get"]
        by_id = schema["components"]["schemas"]["CardPreviewsOut"]["properties"]["recordings"]
        assert {one["name"] for one in asked["parameters"]} == {
            *("broadcast", "recording", "quality"),
        }
        assert by_id["additionalProperties"]

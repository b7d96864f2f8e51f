from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.social.adapters.memory import MemoryYouTube
from apps.social.ports import UPLOAD_SCOPE, NewVideo
from kit.ids import new_id
from tests.social.broker import queued
from tests.social.builders import ADA, EVE, VIDEO, code_of, state_of, the_connection
from tests.social.stage import API, a_client, a_stored_recording, connect, run_queued

pytestmark = [
    pytest.mark.usefixtures("queues", "wired"),
    pytest.mark.urls("tests.social.routes"),
]


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"{API}/{path}", body, content_type="application/json")


class TestConnection:
    def test_begins_with_an_address_for_the_system_browser(self) -> None:
        answer = post(a_client(), "connection", privacy="unlisted")

        assert answer.status_code == 201
        assert set(answer.json()) == {"url", "expires_at"}
        assert state_of(answer.json()["url"])

    def test_is_shown_once_the_browser_came_back(self) -> None:
        url = post(a_client(), "connection", privacy="unlisted").json()["url"]
        a_client(None).get(f"{API}/callback", {"state": state_of(url), "code": code_of(url)})

        answer = a_client().get(f"{API}/connection")

        shown = answer.json()
        assert answer.status_code == 200
        assert (shown["state"], shown["channel_title"]) == ("active", "Memory")
        assert (shown["auto_publish"], shown["privacy"]) == (True, "unlisted")
        assert not any("token" in name or "sealed" in name for name in shown)

    def test_is_not_there_before(self) -> None:
        answer = a_client().get(f"{API}/connection")

        assert (answer.status_code, answer.json()["code"]) == (404, "youtube-not-connected")

    def test_ends_here_and_at_google(self, wired: MemoryYouTube) -> None:
        connect()

        answer = a_client().delete(f"{API}/connection")

        assert answer.status_code == 204
        assert a_client().get(f"{API}/connection").json()["state"] == "revoked"
        assert run_queued() == ["social.revoke_grant"]
        assert wired.refresh_tokens == set()

    @pytest.mark.parametrize("body", [{"privacy": "secret"}, {"scopes": ["all"]}])
    def test_takes_no_other_wishes(self, body: dict[str, object]) -> None:
        answer = post(a_client(), "connection", **body)

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")

    @pytest.mark.parametrize("path", ["connection", "uploads", f"uploads/{new_id()}"])
    def test_is_for_people_who_logged_in(self, path: str) -> None:
        assert a_client(None).get(f"{API}/{path}").status_code == 401


class TestCallback:
    def test_shows_a_page_that_leaks_nothing(self) -> None:
        url = post(a_client(), "connection").json()["url"]

        answer = a_client(None).get(
            f"{API}/callback", {"state": state_of(url), "code": code_of(url)}
        )

        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/html")
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store"
        assert "<strong>Memory</strong>" in answer.content.decode()

    def test_needs_no_login_and_asks_for_none(self) -> None:
        answer = Client(headers={"Authorization": "Bearer nonsense"}).get(f"{API}/callback")

        assert answer.status_code == 422

    @pytest.mark.parametrize(
        "query", [{}, {"state": "invented", "code": "x"}, {"state": "invented", "error": "x"}]
    )
    def test_shows_a_page_for_a_state_that_is_none_of_ours(self, query: dict[str, str]) -> None:
        answer = a_client(None).get(f"{API}/callback", query)

        assert answer.status_code == 422
        assert answer["Content-Type"].startswith("text/html")
        assert "no longer valid" in answer.content.decode()

    def test_shows_a_page_when_the_creator_said_no(self) -> None:
        url = post(a_client(), "connection").json()["url"]

        answer = a_client(None).get(
            f"{API}/callback", {"state": state_of(url), "error": "<script>access_denied"}
        )

        assert answer.status_code == 403
        assert "script-access-denied" in answer.content.decode()
        assert "<script>" not in answer.content.decode()

    def test_shows_a_page_when_a_permission_is_missing(self, wired: MemoryYouTube) -> None:
        wired.granted = (UPLOAD_SCOPE,)
        url = post(a_client(), "connection").json()["url"]

        answer = a_client(None).get(
            f"{API}/callback", {"state": state_of(url), "code": code_of(url)}
        )

        assert (answer.status_code, "Both permissions" in answer.content.decode()) == (403, True)


class TestUploads:
    def test_begin_in_the_background(self) -> None:
        connect(auto_publish=False)
        recording_id = a_stored_recording()

        answer = post(a_client(), "uploads", recording_id=recording_id, title="Day one")

        shown = answer.json()
        assert answer.status_code == 202
        assert (shown["state"], shown["progress"], shown["title"]) == ("queued", 0, "Day one")
        assert queued() == [("social.upload_video", {"upload_id": shown["id"]})]

    def test_carry_the_creator_s_words(self, wired: MemoryYouTube) -> None:
        connect()
        recording_id = a_stored_recording()

        post(
            a_client(),
            "uploads",
            recording_id=recording_id,
            title="Day one",
            description="What happened.",
            privacy="unlisted",
            made_for_kids=True,
        )
        run_queued()

        [held] = wired.videos.values()
        assert held.video == NewVideo(
            title="Day one",
            description="What happened.",
            privacy="unlisted",
            is_made_for_kids=True,
            content_type="video/mp4",
            size_bytes=len(VIDEO),
        )

    def test_show_the_video_once_it_is_there(self, wired: MemoryYouTube) -> None:
        connect()
        upload_id = post(a_client(), "uploads", recording_id=a_stored_recording()).json()["id"]
        run_queued()

        shown = a_client().get(f"{API}/uploads/{upload_id}").json()

        [video_id] = wired.videos
        assert (shown["state"], shown["progress"]) == ("processing", 100)
        assert shown["size_bytes"] == shown["offset"] == len(VIDEO)
        assert shown["watch_url"] == f"https://www.youtube.com/watch?v={video_id}"
        assert shown["embed_url"] == f"https://www.youtube.com/embed/{video_id}?playsinline=1"
        assert shown["error"] is None

    def test_come_in_pages(self) -> None:
        connect()
        ids = [
            post(a_client(), "uploads", recording_id=a_stored_recording()).json()["id"]
            for _ in range(3)
        ]

        first = a_client().get(f"{API}/uploads", {"limit": 2}).json()
        rest = a_client().get(f"{API}/uploads", {"limit": 2, "cursor": first["next"]}).json()

        assert [row["id"] for row in first["items"] + rest["items"]] == ids[::-1]
        assert rest["next"] is None

    def test_can_be_called_off(self) -> None:
        connect()
        upload_id = post(a_client(), "uploads", recording_id=a_stored_recording()).json()["id"]

        answer = post(a_client(), f"uploads/{upload_id}/cancel")

        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")

    def test_cannot_be_called_off_when_they_are_videos(self) -> None:
        connect()
        upload_id = post(a_client(), "uploads", recording_id=a_stored_recording()).json()["id"]
        run_queued()

        answer = post(a_client(), f"uploads/{upload_id}/cancel")

        assert (answer.status_code, answer.json()["code"]) == (409, "upload-over")

    def test_are_nobody_else_s_business(self) -> None:
        connect()
        upload_id = post(a_client(), "uploads", recording_id=a_stored_recording()).json()["id"]

        answers = [
            a_client(EVE).get(f"{API}/uploads/{upload_id}"),
            post(a_client(EVE), f"uploads/{upload_id}/cancel"),
        ]

        assert [answer.status_code for answer in answers] == [404, 404]

    @pytest.mark.parametrize(
        ("recording", "status", "code"),
        [
            ({"creator_id": EVE}, 403, "not-your-recording"),
            ({"state": "expected"}, 409, "recording-not-ready"),
        ],
    )
    def test_take_only_a_stored_recording_of_one_s_own(
        self, recording: dict[str, Any], status: int, code: str
    ) -> None:
        connect()

        answer = post(a_client(), "uploads", recording_id=a_stored_recording(**recording))

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert queued() == []

    def test_need_a_channel_that_lets_us_in(self) -> None:
        connect()
        a_client().delete(f"{API}/connection")

        answer = post(a_client(), "uploads", recording_id=a_stored_recording())

        assert (answer.status_code, answer.json()["code"]) == (409, "youtube-reconnect-required")
        assert the_connection(ADA).state == "revoked"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "recording_id"),
            ({"title": "x" * 101}, "title"),
            ({"title": "<b>"}, "title"),
            ({"title": "  "}, "title"),
            ({"description": "ß" * 2501}, "description"),
            ({"privacy": "everyone"}, "privacy"),
            ({"made_for_kids": "perhaps"}, "made_for_kids"),
            ({"tags": ["x"]}, "tags"),
        ],
    )
    def test_refuse_what_youtube_would(self, body: dict[str, object], field: str) -> None:
        recording = {} if field == "recording_id" else {"recording_id": new_id()}

        answer = post(a_client(), "uploads", **recording, **body)

        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]


class TestPlayer:
    def test_is_a_page_that_tells_youtube_where_it_stands(self) -> None:
        answer = a_client(None).get(f"{API}/player/dQw4w9WgXcQ")

        page = answer.content.decode()
        assert answer.status_code == 200
        assert answer["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert '<meta name="referrer" content="strict-origin-when-cross-origin">' in page
        assert "https://www.youtube.com/embed/dQw4w9WgXcQ?playsinline=1&amp;" in page
        assert "origin=http%3A%2F%2F" in page

    @pytest.mark.parametrize("video_id", ["short", "dQw4w9WgXcQQ", '"><script>'])
    def test_shows_no_other_id(self, video_id: str) -> None:
        answer = a_client(None).get(f"{API}/player/{video_id}")

        assert answer.status_code in {404, 422}
        assert "<script>" not in answer.content.decode()

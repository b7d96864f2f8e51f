"""What somebody sees on a phone: real video, served by the real API."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django_redis import get_redis_connection
from playwright.sync_api import Route, expect

from apps.accounts import public as accounts
from apps.notifications import public as notifications
from apps.previews import public as previews
from apps.previews.contracts import Subject
from apps.previews.documents.sets import PreviewSet
from clients.demo.clips import big_buck_bunny
from tests.accounts.builders import a_person
from tests.browser.conftest import Phone
from tests.streams.builders import (
    ADA,
    a_broadcast,
    a_live_broadcast,
    a_stored_recording,
    an_ended_broadcast,
)

pytestmark = [pytest.mark.browser, pytest.mark.media]

PREVIEW = "#feed video"
PLAYER = "#player-video"


def a_recording_with_previews(title: str = "Bunny at noon", *, creator_id: str = ADA) -> str:
    """Store a real clip as a recording and make its set as the worker does; return its id."""
    with big_buck_bunny().open("rb") as clip:
        name = default_storage.save("recordings/bunny.mp4", File(clip))
    ended = an_ended_broadcast(title=title, creator_id=creator_id)
    recording = a_stored_recording(ended, storage_name=name)
    previews.expect_recording_set(recording_id=recording.id, broadcast_id=recording.broadcast_id)
    previews.make_recording_set(recording_id=recording.id)
    return str(recording.id)


def a_live_with_the_previews_of(recording_id: str, creator_id: str) -> str:
    live = a_broadcast_on_air("Forest, live", creator_id=creator_id)
    seen = PreviewSet.objects.of(Subject.RECORDING, recording_id).get()
    made = PreviewSet.ensure(Subject.BROADCAST, live, broadcast_id=live, now=datetime.now(UTC))
    made.modify(set__state="ready", set__shown=seen.shown)
    return live


def a_broadcast_on_air(title: str, *, creator_id: str = ADA) -> str:
    since = datetime.now(UTC) - timedelta(minutes=20)
    return a_live_broadcast(since=since, creator_id=creator_id, title=title).broadcast_id


def pictures_of(broadcast_id: str) -> None:
    """Put real HLS (fragmented MP4, RFC 8216) where the ingest leaves it.

    Through FLV, as a phone sends it: Chromium refuses what is cut from the MP4 itself.
    """
    folder = Path(settings.STREAMS_MEDIA_ENGINE[1]["directory"]) / broadcast_id
    folder.mkdir(parents=True)
    sent = ffmpeg(
        *("-stream_loop", "3", "-i", str(big_buck_bunny())),
        *("-c:v", "copy", "-c:a", "aac", "-ac", "2", "-f", "flv", "pipe:1"),
    )
    ffmpeg(
        *("-f", "flv", "-i", "pipe:0", "-c", "copy", "-f", "hls", "-hls_time", "2"),
        *("-hls_list_size", "0", "-hls_flags", "omit_endlist", "-hls_segment_type", "fmp4"),
        *("-hls_fmp4_init_filename", "init_1.mp4"),
        *("-hls_segment_filename", str(folder / "1_%d.m4s"), str(folder / "index.m3u8")),
        piped=sent,
    )


def ffmpeg(*arguments: str, piped: bytes = b"") -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments]
    done = subprocess.run(command, input=piped, check=True, timeout=60, capture_output=True)  # noqa: S603
    return done.stdout


def answer_503(route: Route) -> None:
    told = {"title": "The document server does not answer.", "code": "documents-unavailable"}
    route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(told))


class TestLogIn:
    def test_says_what_is_wrong(self, phone: Phone) -> None:
        phone.log_in(password="not-the-password")

        expect(phone.page.get_by_role("alert")).to_contain_text("password")
        expect(phone.page.get_by_role("button", name="Log in")).to_be_enabled()
        phone.keep_picture("log-in-refused")

    def test_lasts_as_long_as_the_tab(self, phone: Phone) -> None:
        phone.log_in()
        expect(phone.page.get_by_role("heading", name="Home")).to_be_visible()

        phone.page.reload()

        expect(phone.page.get_by_role("heading", name="Home")).to_be_visible()

    def test_is_renewed_when_the_access_token_ended(self, phone: Phone) -> None:
        phone.log_in()
        expect(phone.page.get_by_text("Nothing on air yet")).to_be_visible()
        phone.page.evaluate(
            """() => {
                const kept = JSON.parse(sessionStorage.getItem("showrunner.session"));
                kept.access = "x.y.z";
                sessionStorage.setItem("showrunner.session", JSON.stringify(kept));
            }"""
        )

        phone.page.reload()

        expect(phone.page.get_by_text("Nothing on air yet")).to_be_visible()

    def test_is_asked_for_again_when_nothing_of_it_is_valid(self, phone: Phone) -> None:
        phone.page.evaluate(
            """() => sessionStorage.setItem("showrunner.session", JSON.stringify(
                {access: "x.y.z", refresh: "x.y.z", session: "x"}))"""
        )

        phone.page.reload()

        expect(phone.page.get_by_role("alert")).to_contain_text("log in again")


class TestFeed:
    def test_shows_a_recording_whose_preview_plays(self, phone: Phone) -> None:
        a_recording_with_previews()

        phone.log_in()

        expect(phone.card("Bunny at noon")).to_be_visible()
        assert phone.wait_playing(PREVIEW)["muted"] is True
        phone.keep_picture("recording")
        assert phone.complaints == []

    def test_keeps_a_preview_playing_while_it_polls(self, phone: Phone) -> None:
        a_recording_with_previews()
        phone.log_in()
        phone.wait_playing(PREVIEW)
        phone.page.eval_on_selector(PREVIEW, "video => { window.seen = video; }")
        a_broadcast_on_air("Just now")
        get_redis_connection("default").flushall()

        phone.page.get_by_role("button", name="Home").click()

        expect(phone.card("Just now")).to_be_visible()
        assert phone.page.evaluate("() => document.contains(window.seen)")
        phone.page.evaluate("() => window.seen.scrollIntoView()")
        phone.page.wait_for_function("() => !window.seen.paused")

    def test_is_calm_for_those_who_want_less_motion(self, calm_phone: Phone) -> None:
        a_recording_with_previews()

        calm_phone.log_in()

        expect(calm_phone.page.locator("#feed img.is-here")).to_be_visible()
        calm_phone.page.wait_for_function(
            "selector => document.querySelector(selector).dataset.inView === 'true'", arg=PREVIEW
        )
        is_still = "video => video.paused && !video.src"
        assert calm_phone.page.eval_on_selector(PREVIEW, is_still)

    def test_shows_live_upcoming_and_recent(self, phone: Phone) -> None:
        ada = a_person("ada")
        a_live_with_the_previews_of(a_recording_with_previews(), ada)
        now = datetime.now(UTC)
        a_broadcast(
            creator_id=ada, title="Evening walk", starts_at=now + timedelta(days=2), now=now
        )

        phone.log_in()

        for name in ("Live now", "Upcoming", "Recent"):
            expect(phone.page.get_by_role("heading", name=name)).to_be_visible()
        expect(phone.card("Forest, live")).to_contain_text("LIVE")
        phone.wait_playing(PREVIEW)
        phone.keep_picture("feed")

    def test_says_so_when_there_is_nothing(self, phone: Phone) -> None:
        phone.log_in()

        expect(phone.page.get_by_text("Nothing on air yet")).to_be_visible()
        phone.keep_picture("empty")

    def test_says_what_failed_and_tries_again(self, phone: Phone) -> None:
        phone.page.route("**/api/v1/home", answer_503)
        phone.log_in()
        expect(phone.page.get_by_text("The document server does not answer.")).to_be_visible()
        phone.keep_picture("error")
        phone.page.unroute("**/api/v1/home")

        phone.page.get_by_role("button", name="Try again").click()

        expect(phone.page.get_by_text("Nothing on air yet")).to_be_visible()

    def test_stays_on_screen_while_the_phone_is_offline(self, phone: Phone) -> None:
        a_broadcast_on_air("Before the tunnel")
        phone.log_in()
        expect(phone.card("Before the tunnel")).to_be_visible()

        phone.context.set_offline(True)

        expect(phone.page.get_by_text("You are offline.")).to_be_visible()
        expect(phone.card("Before the tunnel")).to_be_visible()
        phone.keep_picture("offline")
        phone.context.set_offline(False)
        expect(phone.page.get_by_text("You are offline.")).to_be_hidden()

    def test_takes_a_title_for_text(self, phone: Phone) -> None:
        title = "<img src=x onerror=window.hit=1>"
        a_broadcast_on_air(title)

        phone.log_in()

        expect(phone.page.get_by_text(title)).to_be_visible()
        assert phone.page.evaluate("() => window.hit") is None


class TestPlayer:
    def test_plays_a_recording_with_sound(self, phone: Phone) -> None:
        a_recording_with_previews(creator_id=a_person("ada"))
        phone.log_in()

        phone.card("Bunny at noon").click()

        assert phone.wait_playing(PLAYER) == {"muted": False, "loop": False, "videoWidth": 1280}
        phone.keep_picture("player")
        phone.page.get_by_role("button", name="Close").click()
        expect(phone.page.get_by_role("dialog")).to_be_hidden()

    def test_is_left_by_going_back(self, phone: Phone) -> None:
        a_broadcast_on_air("Just now")
        phone.log_in()
        phone.card("Just now").click()
        expect(phone.page.get_by_role("dialog")).to_be_visible()

        phone.page.go_back()

        expect(phone.page.get_by_role("dialog")).to_be_hidden()
        expect(phone.card("Just now")).to_be_visible()

    def test_plays_a_live_stream(self, phone: Phone) -> None:
        pictures_of(a_broadcast_on_air("Just now", creator_id=a_person("ada")))
        phone.log_in()

        phone.card("Just now").click()

        assert phone.wait_playing(PLAYER)["videoWidth"] == 1280
        assert phone.complaints == []

    def test_shows_the_preview_where_a_live_stream_cannot_play(self, phone: Phone) -> None:
        a_live_with_the_previews_of(a_recording_with_previews(), a_person("ada"))
        phone.log_in()

        phone.card("Forest, live").click()

        expect(phone.page.get_by_text("You see its latest preview.")).to_be_visible()
        told: dict[str, Any] = phone.wait_playing(PLAYER)
        assert (told["muted"], told["loop"]) == (True, True)
        phone.keep_picture("player-live")


class TestInbox:
    def test_tells_what_happened_and_is_read_by_looking(self, phone: Phone) -> None:
        ada = a_person("ada")
        accounts.follow(follower_id=phone.person, creator_id=ada)
        live = a_broadcast_on_air("Launch", creator_id=ada)
        notifications.announce_live(
            broadcast_id=live, creator_id=ada, title="Launch", visibility="public"
        )
        phone.log_in()
        phone.page.get_by_role("button", name="Inbox, 1 unread").click()

        expect(phone.page.get_by_role("listitem")).to_contain_text("Launch")
        expect(phone.page.get_by_role("button", name="Inbox", exact=True)).to_be_visible()
        phone.keep_picture("inbox")

    def test_says_so_when_there_is_nothing(self, phone: Phone) -> None:
        phone.log_in()

        phone.page.get_by_role("button", name="Inbox").click()

        expect(phone.page.get_by_text("All quiet")).to_be_visible()

"""Files below a signed address: who gets which, and how long anybody may keep them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import User
from apps.streams import wiring
from apps.streams.services import playback, sessions
from apps.streams.services.verdicts import Claim
from kit.documents import utc_now
from kit.secrets import Safe, keys_for
from tests.conftest import NOON
from tests.streams.builders import ADA, a_live_broadcast, a_stored_recording, an_ended_broadcast
from tests.streams.calls import problem
from tests.streams.stages import INGEST_URL, OnEmbedded, a_file
from workers.ingest.ffmpeg import Target

MOVIE = bytes(range(256)) * 4
NAME = "recordings/01J/0123456789abcdef.mp4"
EVE = "01EVE00000000000000000000A"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people() -> None:
    """ADA, who streams, and EVE, who watches."""
    for user_id in (ADA, EVE):
        User.objects.create_user(f"{user_id}@example.org", id=user_id)


@pytest.fixture(autouse=True)
def stage(settings: Settings, tmp_path: Path) -> Iterator[OnEmbedded]:
    """The application on the files of an embedded ingest, and a storage of its own."""
    settings.MEDIA_ROOT = str(tmp_path / "stored")
    options = {"ingest_url": INGEST_URL, "directory": str(tmp_path / "live")}
    settings.STREAMS_MEDIA_ENGINE = ("embedded.EmbeddedIngest", options)
    wiring.media_engine.cache_clear()
    yield OnEmbedded(tmp_path / "live")
    wiring.media_engine.cache_clear()


@pytest.fixture
def live(stage: OnEmbedded) -> str:
    broadcast_id = a_live_broadcast().broadcast_id
    stage.go_on_air(broadcast_id, segments=2)
    return broadcast_id


@pytest.fixture
def recorded() -> str:
    broadcast_id = an_ended_broadcast()
    a_stored_recording(broadcast_id, storage_name=default_storage.save(NAME, ContentFile(MOVIE)))
    return broadcast_id


class TestToken:
    @pytest.mark.parametrize(
        "name", ["index.m3u8", "init_1.mp4", "1_0.m4s", "recording.mp4", "nothing"]
    )
    @pytest.mark.parametrize(
        "forged",
        [
            pytest.param(lambda right, _: right[:-8], id="cut"),
            pytest.param(lambda right, _: f"{right[:60]}{right[64:]}", id="with a hole"),
            pytest.param(lambda right, _: right[::-1], id="backwards"),
            pytest.param(lambda _, broadcast_id: broadcast_id, id="the id itself"),
            pytest.param(lambda _, broadcast_id: sealed_for("", broadcast_id), id="at rest"),
            pytest.param(lambda _, broadcast_id: sealed_for("guess", broadcast_id), id="guessed"),
        ],
    )
    def test_must_be_ours(self, live: str, forged: Any, name: str) -> None:
        answer = Client().get(f"/live/{forged(a_token(live), live)}/{name}")

        assert problem(answer) == (403, "playback-refused")

    def test_opens_until_its_time_is_over(self, live: str) -> None:
        fresh, old = a_token(live, left_s=60), a_token(live, left_s=-1)

        answers = [Client().get(f"/live/{token}/index.m3u8") for token in (fresh, old)]

        assert answers[0].status_code == 200
        assert problem(answers[1]) == (403, "playback-refused")

    def test_opens_nothing_of_another_broadcast(self, live: str, recorded: str) -> None:
        assert get(live, "recording.mp4").status_code == 404
        assert get(recorded, "1_0.m4s").status_code == 404

    def test_needs_no_account_and_no_other_verb(self, live: str) -> None:
        path = f"/live/{a_token(live)}/index.m3u8"

        assert Client().get(path).status_code == 200
        assert problem(Client().post(path)) == (405, "method-not-allowed")


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            *("..", "../index.m3u8", "..%2Findex.m3u8", "%2e%2e%2f%2e%2e%2fsecret"),
            *("..%5Cindex.m3u8", "%2Fetc%2Fhostname", "parts%2F0001.mp4", "parts", "."),
            *("index.m3u8%00", "index.m3u8%0A", "1_0.m4s.mp4", "1_9.m4s", "0001.mp4", "%C3%A9"),
        ],
    )
    def test_lead_nowhere_else(self, live: str, stage: OnEmbedded, name: str) -> None:
        stage.leave_part(live, 1)
        (stage.folder / "secret").write_text("nobody reads this")

        answer = get(live, name)

        assert problem(answer)[0] == 404
        assert b"nobody reads this" not in answer.content


class TestPlaylist:
    def test_is_asked_for_again_while_on_air(self, live: str, stage: OnEmbedded) -> None:
        answer = get(live, "index.m3u8")

        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/vnd.apple.mpegurl"
        assert answer["Cache-Control"] == "private, no-cache"
        assert answer.content == (stage.folder / live / "index.m3u8").read_bytes()
        assert b"EXT-X-ENDLIST" not in answer.content

    def test_goes_on_while_the_encoder_may_come_back(self, live: str) -> None:
        sessions.stop_session(broadcast_id=live, epoch=1, now=NOON)

        assert b"EXT-X-ENDLIST" not in get(live, "index.m3u8").content

    def test_ends_where_the_broadcast_did(self, stage: OnEmbedded) -> None:
        ended = an_ended_broadcast()
        stage.go_on_air(ended, segments=1)

        lines = get(ended, "index.m3u8").content.decode().splitlines()

        assert lines[-2:] == ["1_0.m4s", "#EXT-X-ENDLIST"]

    @pytest.mark.parametrize("name", ["dvr.m3u8", "source.m3u8", "r1.m3u8"])
    def test_ends_beside_the_live_window_too(self, stage: OnEmbedded, name: str) -> None:
        ended = an_ended_broadcast()
        stage.go_on_air(ended, segments=1)
        index = stage.folder / ended / "index.m3u8"
        index.rename(index.with_name(name))

        lines = get(ended, name).content.decode().splitlines()

        assert lines[-2:] == ["1_0.m4s", "#EXT-X-ENDLIST"]

    def test_has_no_end_where_it_names_renditions(self, stage: OnEmbedded) -> None:
        ended = an_ended_broadcast()
        stage.go_on_air(ended)
        renditions = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000000\nsource.m3u8\n"
        (stage.folder / ended / "index.m3u8").write_bytes(renditions)

        answer = get(ended, "index.m3u8")

        assert answer.content == renditions

    def test_is_not_there_before_the_engine_wrote_it(self) -> None:
        waiting = a_live_broadcast().broadcast_id

        assert problem(get(waiting, "index.m3u8")) == (404, "segment-not-found")


class TestSegment:
    @pytest.mark.parametrize(
        ("name", "content_type"), [("init_1.mp4", "video/mp4"), ("1_0.m4s", "video/iso.segment")]
    )
    def test_may_be_kept_by_its_viewer_for_minutes(
        self, live: str, name: str, content_type: str
    ) -> None:
        answer = get(live, name)

        assert (answer.status_code, body(answer)) == (200, b"media")
        assert answer["Content-Type"] == content_type
        assert answer["Cache-Control"] == "private, max-age=300, immutable"

    def test_comes_from_an_encoder_that_changed_its_settings(
        self, live: str, stage: OnEmbedded
    ) -> None:
        changed = Target(stage.folder / live, epoch=1, track=1).name
        names = [f"init_{changed}.mp4", f"{changed}_0.m4s"]
        for name in names:
            a_file(stage.folder / live / name)

        assert [get(live, name).status_code for name in names] == [200, 200]

    def test_is_not_sent_twice(self, live: str) -> None:
        etag = get(live, "1_0.m4s")["ETag"]

        answer = get(live, "1_0.m4s", **{"If-None-Match": etag})

        assert (answer.status_code, body(answer)) == (304, b"")

    def test_comes_in_ranges(self, live: str) -> None:
        answer = get(live, "1_0.m4s", Range="bytes=1-2")

        assert (answer.status_code, body(answer)) == (206, b"ed")
        assert answer["Content-Range"] == "bytes 1-2/5"


class TestRecording:
    def test_is_kept_by_its_viewer_only(self, recorded: str) -> None:
        answer = get(recorded, "recording.mp4")

        assert (answer.status_code, body(answer)) == (200, MOVIE)
        assert answer["Content-Type"] == "video/mp4"
        assert answer["Cache-Control"].startswith("private")
        assert answer["Accept-Ranges"] == "bytes"

    @pytest.mark.parametrize(
        ("wanted", "start", "end"),
        [
            ("bytes=0-1", 0, 1),
            ("bytes=0-0", 0, 0),
            ("bytes=1000-", 1000, 1023),
            ("bytes=-24", 1000, 1023),
            ("bytes=0-9999", 0, 1023),
        ],
    )
    def test_comes_in_ranges(self, recorded: str, wanted: str, start: int, end: int) -> None:
        answer = get(recorded, "recording.mp4", Range=wanted)

        assert (answer.status_code, body(answer)) == (206, MOVIE[start : end + 1])
        assert answer["Content-Range"] == f"bytes {start}-{end}/1024"
        assert answer["Content-Length"] == str(end - start + 1)

    def test_has_nothing_beyond_its_end(self, recorded: str) -> None:
        answer = get(recorded, "recording.mp4", Range="bytes=1024-")

        assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */1024")

    def test_says_how_long_it_is(self, recorded: str) -> None:
        answer = Client().head(f"/live/{a_token(recorded)}/recording.mp4")

        assert (answer.status_code, answer["Content-Length"]) == (200, "1024")
        assert body(answer) == b""

    def test_is_left_to_nginx_where_that_is_told(self, recorded: str, settings: Settings) -> None:
        settings.MEDIA_ACCEL_PREFIX = "/stored/"

        answer = get(recorded, "recording.mp4")

        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["X-Accel-Redirect"] == f"/stored/{NAME}"
        assert (answer["Content-Type"], answer["Cache-Control"]) == (
            "video/mp4",
            "private, max-age=3600",
        )

    def test_is_not_there_before_it_is_stored(self, live: str) -> None:
        assert problem(get(live, "recording.mp4")) == (404, "recording-not-found")

    def test_is_a_problem_where_the_storage_lost_it(self, recorded: str) -> None:
        default_storage.delete(NAME)

        assert problem(get(recorded, "recording.mp4")) == (404, "segment-not-found")


class TestStoredFolder:
    """What was made of a recording lies beside it, and is played below the same token."""

    def test_is_walked_by_relative_names(self, recorded: str) -> None:
        folder = NAME.removesuffix(".mp4")
        kept = {"index.m3u8": b"#EXTM3U", "720p/index.m3u8": b"#EXTINF:2,", "720p/1.m4s": b"s"}
        for name, content in kept.items():
            default_storage.save(f"{folder}/{name}", ContentFile(content))

        answers = {name: get(recorded, f"vod/{name}") for name in kept}

        assert answers["index.m3u8"].content == b"#EXTM3U"
        assert answers["720p/index.m3u8"].content == b"#EXTINF:2,"
        assert answers["720p/index.m3u8"]["Cache-Control"] == "private, no-cache"
        assert body(answers["720p/1.m4s"]) == b"s"
        assert answers["720p/1.m4s"]["Content-Type"] == "video/iso.segment"

    @pytest.mark.parametrize(
        "name", ["", "../0123456789abcdef.mp4", "%2e%2e/x", ".hidden", "a/b/c/d/e", "a%00b", "//x"]
    )
    def test_holds_nothing_else(self, recorded: str, name: str) -> None:
        assert problem(get(recorded, f"vod/{name}")) == (404, "segment-not-found")


class TestPlayer:
    @pytest.mark.parametrize(
        "accept",
        ["*/*", "video/mp4", "application/vnd.apple.mpegurl", "video/*;q=0.9", "text/html"],
    )
    @pytest.mark.parametrize("name", ["index.m3u8", "1_0.m4s"])
    def test_may_name_the_types_it_plays(self, live: str, accept: str, name: str) -> None:
        assert get(live, name, Accept=accept).status_code == 200

    def test_reads_why_it_was_refused(self, live: str) -> None:
        answer = get(live, "1_9.m4s", Accept="video/mp4")

        assert problem(answer) == (404, "segment-not-found")

    def test_is_let_in_without_asking_for_a_form(self, live: str) -> None:
        answer = Client().get(f"/live/{a_token(live)}/index.m3u8?format=hls")

        assert answer.status_code == 200


def a_token(broadcast_id: str, *, viewer_id: str = EVE, left_s: float = 600) -> str:
    """Return a token that is good for so many seconds more."""
    path = playback.sign(
        claim=Claim(broadcast_id=broadcast_id, viewer_id=viewer_id),
        name="",
        safe=wiring.playback_safe(),
        expires_at=utc_now() + timedelta(seconds=left_s),
    )
    return path.split("/")[2]


def sealed_for(purpose: str, broadcast_id: str) -> str:
    """Return what would be a token, sealed by our keys as they are or for another purpose."""
    keys = keys_for(purpose, configured.FIELD_KEYS) if purpose else configured.FIELD_KEYS
    return Safe(keys).seal(json.dumps([broadcast_id, EVE, "", time.time() + 60]))


def get(broadcast_id: str, name: str, **headers: str) -> Any:
    return Client().get(f"/live/{a_token(broadcast_id)}/{name}", headers=headers)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)

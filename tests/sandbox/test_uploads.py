from __future__ import annotations

from typing import Any

import googleapiclient.errors
import httpx
import pytest
from google.oauth2.credentials import Credentials

from sandbox import client
from sandbox.threaded import StandIns
from sandbox.youtube.uploads import CHUNK_BYTES
from tests.sandbox.people import READONLY, a_creator, bearer, last
from tests.sandbox.videos import (
    FILE,
    METADATA,
    SHA256,
    a_session,
    kept,
    media,
    put,
    reason_of,
    start,
    youtube,
)

USES = ("google_url",)


@pytest.fixture
def creator(stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> Credentials:
    return a_creator(stand_ins, monkeypatch)


class TestUpload:
    def test_serves_the_real_client_library(
        self, stand_ins: StandIns, creator: Credentials
    ) -> None:
        with youtube(stand_ins, creator) as api:
            request = api.videos().insert(part="snippet,status", body=METADATA, media_body=media())
            answer = None
            while answer is None:
                _, answer = request.next_chunk()

        assert answer["snippet"]["title"] == "Launch"
        assert answer["status"]["uploadStatus"] == "uploaded"
        assert kept(stand_ins, answer["id"]) == {"size": len(FILE), "sha256": SHA256}

    def test_resumes_where_a_cut_left_it(self, stand_ins: StandIns, creator: Credentials) -> None:
        session = a_session(stand_ins, creator)
        client.fail(stand_ins.google_url, method="PUT", reset=True, after_bytes=CHUNK_BYTES + 9)
        with pytest.raises(httpx.TransportError):
            put(session, FILE, f"bytes 0-{len(FILE) - 1}/{len(FILE)}")

        asked = put(session, b"", f"bytes */{len(FILE)}")
        rest = FILE[CHUNK_BYTES:]
        done = put(session, rest, f"bytes {CHUNK_BYTES}-{len(FILE) - 1}/{len(FILE)}")

        assert (asked.status_code, asked.headers["range"]) == (308, f"bytes=0-{CHUNK_BYTES - 1}")
        assert kept(stand_ins, done.json()["id"]) == {"size": len(FILE), "sha256": SHA256}

    def test_finds_the_video_when_only_the_last_answer_was_lost(
        self, stand_ins: StandIns, creator: Credentials
    ) -> None:
        before = client.look(stand_ins.google_url, "videos")
        session = a_session(stand_ins, creator)
        client.fail(stand_ins.google_url, method="PUT", reset=True, done=True)
        with pytest.raises(httpx.TransportError):
            put(session, FILE)

        asked = put(session, b"", f"bytes */{len(FILE)}")

        made = last(client.ledger(stand_ins.google_url), "upload")
        assert asked.status_code == 200
        assert asked.json()["id"] == made["video_id"]
        assert len(client.look(stand_ins.google_url, "videos")) == len(before) + 1

    def test_recovers_from_a_500_through_the_real_client_library(
        self, stand_ins: StandIns, creator: Credentials
    ) -> None:
        with youtube(stand_ins, creator) as api:
            request = api.videos().insert(part="snippet,status", body=METADATA, media_body=media())
            request.next_chunk()
            client.fail(stand_ins.google_url, method="PUT", status=500)
            with pytest.raises(googleapiclient.errors.HttpError):
                request.next_chunk()
            answer = None
            while answer is None:
                _, answer = request.next_chunk()

        assert kept(stand_ins, answer["id"]) == {"size": len(FILE), "sha256": SHA256}

    @pytest.mark.parametrize(
        ("body", "content_range"),
        [
            (FILE[:1000], f"bytes 0-999/{len(FILE)}"),  # no multiple of 256 KiB
            (FILE[:CHUNK_BYTES], f"bytes 7-{CHUNK_BYTES + 6}/{len(FILE)}"),  # a gap
            (FILE[:CHUNK_BYTES], f"bytes 0-{CHUNK_BYTES - 1}/{len(FILE) + 1}"),  # other length
            (FILE[:CHUNK_BYTES], f"bytes 0-{2 * CHUNK_BYTES - 1}/{len(FILE)}"),  # too few bytes
            (FILE[: CHUNK_BYTES + 1], f"bytes 0-{CHUNK_BYTES - 1}/{len(FILE)}"),  # too many
            (FILE[:CHUNK_BYTES], "bytes=0-1"),
        ],
    )
    def test_keeps_nothing_of_a_chunk_that_breaks_the_rules(
        self, stand_ins: StandIns, creator: Credentials, body: bytes, content_range: str
    ) -> None:
        session = a_session(stand_ins, creator)

        refused = put(session, body, content_range)

        assert refused.status_code == 400
        assert "range" not in put(session, b"", f"bytes */{len(FILE)}").headers

    def test_knows_no_session_it_did_not_open(self, stand_ins: StandIns) -> None:
        address = f"{stand_ins.google_url}/upload/youtube/v3/videos"

        answer = put(f"{address}?uploadType=resumable&upload_id=x", b"", "bytes */9")

        assert answer.status_code == 404


class TestStart:
    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({"snippet": {"title": ""}}, "invalidTitle"),
            ({"snippet": {"title": "t" * 101}}, "invalidTitle"),
            ({"snippet": {"title": "a <b>"}}, "invalidTitle"),
            ({"snippet": {"title": "t", "description": "é" * 2501}}, "invalidDescription"),
            ({"snippet": {"title": "t", "tags": ["x" * 501]}}, "invalidTags"),
            ({"snippet": {"title": "t", "categoryId": "music"}}, "invalidCategoryId"),
            ({"snippet": {"title": "t", "titel": "t"}}, "badRequest"),
            ({"snippet": {"title": 7}}, "badRequest"),
            ({"snippet": {"title": "t"}, "status": {"privacyStatus": "secret"}}, "badRequest"),
            ({"snippet": {"title": "t"}, "player": {}}, "unexpectedPart"),
            (
                {"snippet": {"title": "t"}, "status": {"publishAt": "2027-01-01T00:00:00Z"}},
                "invalidPublishAt",
            ),
        ],
    )
    def test_refuses_metadata(
        self, stand_ins: StandIns, creator: Credentials, body: dict[str, Any], reason: str
    ) -> None:
        answer = start(stand_ins, bearer(creator), body=body)

        assert (answer.status_code, reason_of(answer)) == (400, reason)

    def test_refuses_without_a_token(self, stand_ins: StandIns) -> None:
        answer = start(stand_ins, {})

        assert (answer.status_code, reason_of(answer)) == (401, "required")

    def test_refuses_an_expired_token(self, stand_ins: StandIns, creator: Credentials) -> None:
        client.undo(stand_ins.google_url, "grants", kind="access")

        answer = start(stand_ins, bearer(creator))

        assert (answer.status_code, reason_of(answer)) == (401, "authError")

    def test_refuses_a_token_with_another_scope(
        self, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader = a_creator(stand_ins, monkeypatch, READONLY)

        answer = start(stand_ins, bearer(reader))

        assert (answer.status_code, reason_of(answer)) == (403, "insufficientPermissions")

    def test_refuses_beyond_the_days_quota(
        self, stand_ins: StandIns, creator: Credentials
    ) -> None:
        client.tell(stand_ins.google_url, "quota", {"uploads_left": 1})

        first, second = (start(stand_ins, bearer(creator)) for _ in range(2))

        assert first.status_code == 200
        assert (second.status_code, reason_of(second)) == (403, "quotaExceeded")

    @pytest.mark.parametrize(
        "query",
        [
            {"uploadType": "media", "part": "snippet"},
            {"uploadType": "resumable"},
            {"uploadType": "resumable", "part": "snippet,soul"},
            {"uploadType": "resumable", "part": "snippet", "surprise": "1"},
        ],
    )
    def test_refuses_parameters(
        self, stand_ins: StandIns, creator: Credentials, query: dict[str, str]
    ) -> None:
        answer = start(stand_ins, bearer(creator), query=query)

        assert answer.status_code == 400

    def test_refuses_what_is_no_video_by_its_type(
        self, stand_ins: StandIns, creator: Credentials
    ) -> None:
        headers = {**bearer(creator), "x-upload-content-type": "image/png"}

        answer = start(stand_ins, headers)

        assert (answer.status_code, reason_of(answer)) == (400, "badContent")

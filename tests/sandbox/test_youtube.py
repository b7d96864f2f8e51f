from __future__ import annotations

import googleapiclient.errors
import pytest
from google.oauth2.credentials import Credentials

from sandbox import client
from sandbox.schemas import Discovery, violation
from sandbox.threaded import StandIns
from tests.sandbox import plain
from tests.sandbox.people import READONLY, UPLOAD, a_creator, bearer
from tests.sandbox.videos import a_video, youtube

USES = ("google_url",)


@pytest.fixture
def creator(stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> Credentials:
    return a_creator(stand_ins, monkeypatch)


class TestVideosList:
    def test_shows_processing_move_on_with_each_poll(
        self, stand_ins: StandIns, creator: Credentials
    ) -> None:
        video = a_video(stand_ins, creator)

        with youtube(stand_ins, creator) as api:
            polls = [
                api.videos().list(part="status,processingDetails", id=video).execute()["items"][0]
                for _ in range(2)
            ]

        assert [poll["status"]["uploadStatus"] for poll in polls] == ["uploaded", "processed"]
        assert polls[1]["processingDetails"]["processingStatus"] == "succeeded"

    def test_can_be_told_that_processing_fails(
        self, stand_ins: StandIns, creator: Credentials
    ) -> None:
        client.tell(stand_ins.google_url, "processing", {"polls": 1, "failure": "invalidFile"})
        video = a_video(stand_ins, creator)

        with youtube(stand_ins, creator) as api:
            status = api.videos().list(part="status", id=video).execute()["items"][0]["status"]

        assert (status["uploadStatus"], status["failureReason"]) == ("failed", "invalidFile")

    def test_hides_what_another_channel_keeps_private(
        self, stand_ins: StandIns, creator: Credentials, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        video = a_video(stand_ins, creator, privacy="private")
        other = a_creator(stand_ins, monkeypatch, READONLY, account="bo@x.org")

        with youtube(stand_ins, other) as api:
            answer = api.videos().list(part="id", id=video).execute()

        assert answer["items"] == []

    def test_needs_more_than_the_upload_scope(
        self, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        uploader = a_creator(stand_ins, monkeypatch, UPLOAD)

        with (
            youtube(stand_ins, uploader) as api,
            pytest.raises(googleapiclient.errors.HttpError) as refused,
        ):
            api.videos().list(part="status", id="x").execute()

        assert refused.value.status_code == 403

    def test_fits_the_published_schema(self, stand_ins: StandIns, creator: Credentials) -> None:
        parts = "snippet,status,contentDetails,processingDetails,statistics"
        query = {"part": parts, "id": a_video(stand_ins, creator)}

        answer = plain.get(
            f"{stand_ins.google_url}/youtube/v3/videos", params=query, headers=bearer(creator)
        )

        shape = Discovery.load("youtube.v3").validator("VideoListResponse")
        assert violation(shape, answer.json()) is None


class TestChannelsList:
    def test_names_the_creators_channel(self, stand_ins: StandIns, creator: Credentials) -> None:
        with youtube(stand_ins, creator) as api:
            answer = api.channels().list(part="snippet,status", mine=True).execute()

        shape = Discovery.load("youtube.v3").validator("ChannelListResponse")
        assert answer["items"][0]["snippet"]["title"] == "Ana"
        assert violation(shape, answer) is None

"""What a creator does over HTTP: look, choose, send a picture, stop, begin anew."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.test.client import encode_multipart
from typing_extensions import override

from apps.previews import public as previews
from apps.previews.contracts import Subject
from apps.previews.documents.sets import PreviewSet
from apps.previews.documents.thumbnails import Thumbnail
from kit.ids import new_id
from tests.conftest import NOON
from tests.gateway.builders import bearer
from tests.previews.builders import a_recording_in_storage
from tests.streams.builders import ADA, a_broadcast, an_ended_broadcast

pytestmark = [pytest.mark.usefixtures("indexes", "engine"), pytest.mark.django_db]

JPEG = b"\xff\xd8\xff\xe0 a picture"
BOUNDARY = "BoUnDaRy"


class Creator:
    """Somebody with the app; Ada made what the tests look at."""

    def __init__(self, user_id: str = ADA) -> None:
        self.headers = bearer(user_id)

    def get(self, path: str) -> Any:
        return Client().get(f"/api/v1/{path}", headers=self.headers)

    def post(self, path: str) -> Any:
        return Client().post(f"/api/v1/{path}", headers=self.headers)

    def delete(self, path: str) -> Any:
        return Client().delete(f"/api/v1/{path}", headers=self.headers)

    def choose(self, path: str, **body: str) -> Any:
        return Client().put(
            f"/api/v1/{path}", json.dumps(body), "application/json", headers=self.headers
        )

    def send(self, path: str, content: bytes, field: str = "image") -> Any:
        picture = BytesIO(content)
        picture.name = "gallery.jpg"
        return Client().put(
            f"/api/v1/{path}",
            encode_multipart(BOUNDARY, {field: picture}),
            f"multipart/form-data; boundary={BOUNDARY}",
            headers=self.headers,
        )


@pytest.fixture
def recording() -> str:
    """A recording of Ada's whose set was made; returns its id."""
    recording_id = a_recording_in_storage(an_ended_broadcast())
    previews.make_recording_set(recording_id=recording_id)
    return recording_id


class TestRecordingPreview:
    def test_is_everything_there_is(self, recording: str) -> None:
        answer = Creator().get(f"recordings/{recording}/preview").json()

        assert (answer["state"], answer["progress"], answer["error"]) == ("ready", 100, None)
        assert (answer["aspect"], answer["thumbnail"]) == (1.7778, "automatic")
        assert {"preview", "poster", "candidate", "storyboard_vtt"} <= {
            asset["kind"] for asset in answer["assets"]
        }

    def test_is_hidden_with_its_broadcast(self) -> None:
        answer = Creator(new_id()).get(f"recordings/{new_id()}/preview")

        assert (answer.status_code, answer.json()["code"]) == (404, "recording-not-found")


class TestRegenerate:
    def test_waits_again_and_may_be_cancelled(self, recording: str) -> None:
        ada = Creator()
        made_long_ago(recording)

        begun = ada.post(f"recordings/{recording}/preview/regenerate")
        twice = ada.post(f"recordings/{recording}/preview/regenerate")
        cancelled = ada.post(f"recordings/{recording}/preview/cancel")

        assert (begun.status_code, begun.json()["state"]) == (202, "pending")
        assert len(begun.json()["assets"]) > 0
        assert (twice.status_code, twice.json()["code"]) == (409, "preview-already-in-work")
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "ready")

    def test_is_had_once_in_a_while(self, recording: str) -> None:
        ada = Creator()

        fresh = ada.post(f"recordings/{recording}/preview/regenerate")
        made_long_ago(recording)
        ada.post(f"recordings/{recording}/preview/regenerate")
        ada.post(f"recordings/{recording}/preview/cancel")
        again = ada.post(f"recordings/{recording}/preview/regenerate")

        for refused in (fresh, again):
            assert (refused.status_code, refused.json()["code"]) == (409, "preview-made-just-now")
            assert 590 <= refused.json()["retry_after_s"] <= 600
        previews.regenerate(subject="recording", subject_id=recording)  # as staff do

    def test_is_had_for_a_few_at_once(self) -> None:
        ada = Creator()
        recordings = [a_recording_in_storage(an_ended_broadcast()) for _ in range(4)]
        for recording_id in recordings:
            previews.make_recording_set(recording_id=recording_id)
            made_long_ago(recording_id)

        asked = [ada.post(f"recordings/{one}/preview/regenerate") for one in recordings]
        shown = ada.get(f"recordings/{recordings[3]}/preview").json()
        previews.make_recording_set(recording_id=recordings[0])
        later = ada.post(f"recordings/{recordings[3]}/preview/regenerate")

        assert [one.status_code for one in asked] == [202, 202, 202, 409]
        assert asked[3].json()["code"] == "too-many-previews-in-work"
        assert (shown["state"], later.status_code) == ("ready", 202)

    @pytest.mark.parametrize("verb", ["regenerate", "cancel"])
    def test_is_for_its_creator(self, recording: str, verb: str) -> None:
        answer = Creator(new_id()).post(f"recordings/{recording}/preview/{verb}")

        assert (answer.status_code, answer.json()["code"]) == (403, "not-your-broadcast")


class TestThumbnail:
    def test_is_chosen_and_given_back(self, recording: str) -> None:
        ada, path = Creator(), f"recordings/{recording}/thumbnail"
        candidate = ada.get(path).json()["candidates"][1]["id"]

        chosen = ada.choose(path, candidate=candidate)
        previews.make_thumbnail(choice=the_choice(recording))
        made = ada.get(path).json()
        returned = ada.delete(path)

        assert (chosen.status_code, chosen.json()["state"]) == (202, "making")
        assert (made["state"], made["thumbnail"]) == ("ready", "candidate")
        assert len(made["assets"]) > 0
        assert returned.status_code == 204
        assert ada.get(path).json()["thumbnail"] == "automatic"

    def test_may_be_a_picture_of_the_creators_before_anything_is_live(self) -> None:
        broadcast_id = a_broadcast().id
        ada, path = Creator(), f"broadcasts/{broadcast_id}/thumbnail"

        sent = ada.send(path, JPEG)
        previews.make_thumbnail(choice=the_choice(broadcast_id))

        assert (sent.status_code, sent.json()["state"]) == (202, "making")
        shown = ada.get(f"broadcasts/{broadcast_id}/preview").json()
        assert (shown["state"], shown["thumbnail"]) == ("empty", "upload")

    @pytest.mark.parametrize(
        ("content", "code"),
        [(b"GIF89a", "not-a-picture"), (JPEG + bytes(previews.MAX_UPLOAD_BYTES), "too-large")],
        ids=["not-a-picture", "too-large"],
    )
    def test_is_refused_in_words(self, recording: str, content: bytes, code: str) -> None:
        answer = Creator().send(f"recordings/{recording}/thumbnail", content)

        assert (answer.status_code, answer.json()["code"]) == (422, code)

    @pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json"])
    def test_is_refused_before_it_is_read(self, recording: str, kind: str) -> None:
        path, body = f"/api/v1/recordings/{recording}/thumbnail", Unread()
        said: dict[str, Any] = {
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(11 * 1024**2),
            "wsgi.input": body,
        }

        answer = Client().put(
            path,
            headers=bearer(ADA),
            **said,
        )

        assert (answer.status_code, answer.json()["code"]) == (422, "too-large")
        assert body.asked == 0

    def test_takes_no_field_it_does_not_know(self, recording: str) -> None:
        path = f"recordings/{recording}/thumbnail"

        answers = [
            Creator().choose(path, candidate="0" * 16, crop="wide"),
            Creator().choose(path),
            Creator().send(path, JPEG, field="photo"),
        ]

        assert [answer.status_code for answer in answers] == [422, 422, 422]

    def test_is_for_its_creator(self, recording: str) -> None:
        bob, path = Creator(new_id()), f"recordings/{recording}/thumbnail"

        answers = [bob.get(path), bob.send(path, JPEG), bob.delete(path)]

        assert [answer.status_code for answer in answers] == [403, 403, 403]


class Unread(BytesIO):
    """A body that counts how often somebody asks for it."""

    asked = 0

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        self.asked += 1
        return super().read(size)


def made_long_ago(recording_id: str) -> None:
    PreviewSet.objects.of(Subject.RECORDING, recording_id).update(set__shown__made_at=NOON)


def the_choice(subject_id: str) -> str:
    return str(Thumbnail.objects.get(subject_id=subject_id).choice)

"""Previews in ranges, for ever; recordings never."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import Settings

CLIP = bytes(range(256)) * 4
NAME = "previews/recording/01J/abc/preview.mp4"


@pytest.fixture(autouse=True)
def _stored(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    for name in (NAME, "recordings/01J.mp4", "previews/.hidden.mp4"):
        default_storage.save(name, ContentFile(CLIP))


def get(name: str = NAME, **headers: str) -> Any:
    return Client().get(f"/media/{name}", headers=headers)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


class TestMedia:
    def test_shows_a_preview_for_ever(self) -> None:
        answer = get()

        assert (answer.status_code, body(answer)) == (200, CLIP)
        assert answer["Content-Type"] == "video/mp4"
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Accept-Ranges"] == "bytes"

    @pytest.mark.parametrize(
        ("wanted", "start", "end"),
        [
            ("bytes=0-1", 0, 1),
            ("bytes=0-0", 0, 0),
            ("bytes=1000-", 1000, 1023),
            ("bytes=1023-", 1023, 1023),
            ("bytes=-24", 1000, 1023),
            ("bytes=1000-9999", 1000, 1023),
        ],
    )
    def test_answers_a_range(self, wanted: str, start: int, end: int) -> None:
        answer = get(Range=wanted)

        assert answer.status_code == 206
        assert answer["Content-Range"] == f"bytes {start}-{end}/1024"
        assert answer["Content-Length"] == str(end - start + 1)
        assert body(answer) == CLIP[start : end + 1]

    def test_refuses_a_range_beyond_the_end(self) -> None:
        answer = get(Range="bytes=2000-")

        assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */1024")

    def test_sends_nothing_a_phone_already_has(self) -> None:
        etag = get()["ETag"]

        assert get(**{"If-None-Match": etag}).status_code == 304

    @pytest.mark.parametrize(
        "name",
        [
            "recordings/01J.mp4",
            "previews/../recordings/01J.mp4",
            "previews/%2e%2e/recordings/01J.mp4",
            "previews//recordings/01J.mp4",
            "previews/.hidden.mp4",
            "previews",
            "previews/recording",
            "previews/recording/01J/abc/preview.mp4/more",
            "previews/nothing.mp4",
            "previews/nul%00.mp4",
        ],
    )
    def test_shows_nothing_else(self, name: str) -> None:
        answer = get(name)

        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

    def test_takes_no_other_verb(self) -> None:
        assert Client().post(f"/media/{NAME}").status_code == 405

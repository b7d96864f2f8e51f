"""The shelf, the archive and /media/ over a real S3: by ranges, signed, for ever cacheable."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.previews.adapters.pyav import PyAvMaker
from apps.previews.adapters.storage import DjangoShelf
from apps.previews.contracts import State, Subject
from apps.previews.errors import ShelfDown
from apps.previews.ports import Ranged
from apps.previews.services import jobs
from kit.buckets import S3
from tests.previews.builders import a_recording, the_set
from tests.previews.media import Studio
from tests.s3 import s3_server

VIDEO = bytes(range(256)) * 100
PLACE = "previews/recording/01J/abc"


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield S3(**running.options(), querystring_auth=True, querystring_expire=600)


class TestArchive:
    def test_lends_an_address_of_which_a_part_may_be_read(self, bucket: S3) -> None:
        bucket.save("recordings/one.mp4", ContentFile(VIDEO))

        with DjangoShelf(bucket).lent("recordings/one.mp4") as footage:
            assert isinstance(footage, Ranged)
            part = fetch(footage.url, Range="bytes=100-199")

        assert footage.size_bytes == len(VIDEO)
        assert part == VIDEO[100:200]

    def test_lends_it_to_nobody_who_changes_the_address(self, bucket: S3) -> None:
        bucket.save("recordings/two.mp4", ContentFile(VIDEO))

        with DjangoShelf(bucket).lent("recordings/two.mp4") as footage:
            assert isinstance(footage, Ranged)
            other = footage.url.replace("two.mp4", "one.mp4")
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(other)

        assert refused.value.code == 403

    def test_lends_a_copy_where_ranges_are_not_wanted(self, bucket: S3) -> None:
        bucket.save("recordings/three.mp4", ContentFile(VIDEO))

        with DjangoShelf(bucket, by_ranges=False).lent("recordings/three.mp4") as footage:
            assert isinstance(footage, Path)
            assert footage.read_bytes() == VIDEO

    def test_says_what_is_not_there(self, bucket: S3) -> None:
        with pytest.raises(ShelfDown), DjangoShelf(bucket).lent("recordings/none.mp4"):
            pass


@pytest.mark.media
@pytest.mark.usefixtures("indexes")
class TestAJob:
    def test_reads_its_footage_by_ranges_and_keeps_all_it_made(
        self, bucket: S3, studio: Studio
    ) -> None:
        recording, shelf = a_recording(storage_name="recordings/long.mp4"), DjangoShelf(bucket)
        bucket.save("recordings/long.mp4", ContentFile(studio.long().read_bytes()))

        jobs.make_recording_set(
            recording=recording,
            tools=jobs.Tools(
                footage=shelf.lent(recording.storage_name),
                maker=PyAvMaker(),
                shelf=shelf,
                clock=timezone.now,
            ),
        )

        made = the_set(Subject.RECORDING, recording.id)
        folder = made.shown.names()[0].rpartition("/")[0]
        assert made.state == State.READY
        assert 0 < made.shown.source_bytes <= bucket.size("recordings/long.mp4") * 2
        assert shelf.sizes(folder) == {asset.name: asset.bytes for asset in made.assets}


class TestShelf:
    def test_tells_the_sizes_of_a_folder_and_forgets_what_is_removed(
        self, bucket: S3, tmp_path: Path
    ) -> None:
        shelf, place = DjangoShelf(bucket), f"{PLACE}-of-two"  # the bucket outlives a test
        for name in ("poster.jpg", "clip.mp4"):
            shelf.keep(a_file(tmp_path), f"{place}/{name}", "image/jpeg")

        before = shelf.sizes(place)
        for _ in range(2):
            shelf.remove(f"{place}/clip.mp4")

        assert before == {f"{place}/poster.jpg": 7, f"{place}/clip.mp4": 7}
        assert set(shelf.sizes(place)) == {f"{place}/poster.jpg"}
        assert shelf.sizes("previews/nothing") == {}

    def test_names_its_own_address_and_no_signed_one(self, bucket: S3) -> None:
        far = DjangoShelf(bucket, base_url="https://cdn.example.com/")

        assert DjangoShelf(bucket).url(f"{PLACE}/a.jpg") == f"/media/{PLACE}/a.jpg"
        assert far.url(f"{PLACE}/a.jpg") == f"https://cdn.example.com/{PLACE}/a.jpg"


class TestMedia:
    def test_sends_phones_to_a_signed_address(
        self, bucket: S3, settings: Settings, tmp_path: Path
    ) -> None:
        DjangoShelf(bucket).keep(a_file(tmp_path), f"{PLACE}/tile.jpg", "image/jpeg")
        settings.STORAGES = {**settings.STORAGES, "default": a_backend(bucket)}

        answer = Client().get(f"/media/{PLACE}/tile.jpg")

        assert (answer.status_code, answer["Cache-Control"]) == (302, "public, max-age=1800")
        assert fetch(answer["Location"]) == b"picture"
        assert Client().get("/media/recordings/one.mp4").status_code == 404


def a_backend(bucket: S3) -> dict[str, object]:
    names = (
        *("bucket_name", "endpoint_url", "access_key", "secret_key", "region_name"),
        *("signature_version", "addressing_style", "querystring_auth", "querystring_expire"),
    )
    return {
        "BACKEND": "kit.buckets.S3",
        "OPTIONS": {name: getattr(bucket, name) for name in names},
    }


def a_file(folder: Path) -> Path:
    file = folder / "picture"
    file.write_bytes(b"picture")
    return file


def fetch(url: str, **headers: str) -> bytes:
    assert url.startswith("http://127.0.0.1:")
    asked = urllib.request.Request(url, headers=headers)  # noqa: S310 (our own server)
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content

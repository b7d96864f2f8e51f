"""What both storages promise: the folder, and a real S3 server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from typing_extensions import override

from config.s3_options import BadStorageUrl, read_options
from kit.buckets import S3
from kit.storages import FolderStorage, Shelf, is_unfinished
from tests.s3 import s3_server
from tests.services import wait_until

NAME = "recordings/01J/abc.mp4"


@pytest.fixture(scope="module")
def bucket_options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with s3_server(tmp_path_factory.mktemp("s3")) as s3:
        yield s3.options()


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "folder":
        return FolderStorage(location=tmp_path)
    given = request.getfixturevalue("bucket_options")
    return S3(**{**read_options("part_mb=5&multipart_from_mb=5"), **given})


@pytest.fixture(autouse=True)
def _emptied(storage: Any) -> None:
    for stored in list(storage.walk("recordings")):
        storage.delete(stored.name)


class TestStorage:
    def test_gives_back_what_it_was_given(self, storage: Storage) -> None:
        name = storage.save(NAME, ContentFile(b"video"))

        with storage.open(name) as opened:
            assert (name, opened.read()) == (NAME, b"video")
        assert (storage.exists(NAME), storage.size(NAME)) == (True, 5)

    def test_replaces_under_the_same_name(self, storage: Storage) -> None:
        for content in (b"first and longer", b"second"):
            assert storage.save(NAME, ContentFile(content)) == NAME

        with storage.open(NAME) as opened:
            assert opened.read() == b"second"

    def test_forgets_twice(self, storage: Storage) -> None:
        storage.save(NAME, ContentFile(b"video"))

        for _ in range(2):
            storage.delete(NAME)

        assert not storage.exists(NAME)

    def test_takes_what_is_larger_than_a_part(self, storage: Storage) -> None:
        content = os.urandom(12 << 20)

        storage.save(NAME, ContentFile(content))

        with storage.open(NAME) as opened:
            assert opened.read() == content

    def test_shows_nothing_of_what_was_not_finished(self, storage: Storage) -> None:
        with pytest.raises(OSError, match="source is gone"):
            storage.save(NAME, Vanishing(b"x" * 100))

        assert not storage.exists(NAME)
        assert list(as_shelf(storage).walk("recordings")) == []

    def test_walks_what_lies_below_a_prefix(self, storage: Storage) -> None:
        names = {NAME, "recordings/01J/abc/720p/1.m4s", "recordings/02K.mp4"}
        for name in (*names, "recordings2/other.mp4", "previews/1.jpg"):
            storage.save(name, ContentFile(b"12345"))

        walked = list(as_shelf(storage).walk("recordings"))

        assert {one.name for one in walked} == names
        assert {one.size_bytes for one in walked} == {5}
        age = datetime.now(UTC) - max(one.written_at for one in walked)
        assert abs(age) < timedelta(minutes=5)

    def test_leads_nowhere_else(self, storage: Storage) -> None:
        with pytest.raises(SuspiciousFileOperation):
            storage.save("../outside.mp4", ContentFile(b"x"))


class TestSignedUrl:
    def test_of_a_bucket_opens_one_file_with_its_type(self, storage: Storage) -> None:
        storage.save(NAME, ContentFile(b"video"))
        url = as_shelf(storage).signed_url(NAME, content_type="video/iso.segment", lasts_s=60)
        if url is None:  # a folder's files are served by us
            return

        answers = [httpx.get(one) for one in (url, url.replace("abc", "abd"), url.split("?")[0])]

        assert [answer.status_code for answer in answers[:2]] == [200, 403]
        assert answers[2].is_client_error
        assert answers[0].content == b"video"
        assert answers[0].headers["Content-Type"] == "video/iso.segment"

    def test_of_a_bucket_is_over_soon(self, storage: Storage) -> None:
        storage.save(NAME, ContentFile(b"video"))
        url = as_shelf(storage).signed_url(NAME, content_type="video/mp4", lasts_s=1)
        if url is None:
            return

        assert wait_until(lambda: httpx.get(url).is_client_error, within_s=10), httpx.get(url)


class TestFolder:
    def test_knows_what_a_writer_that_was_killed_left(self, tmp_path: Path) -> None:
        left = tmp_path / "recordings" / ".abc.mp4.01J.part"
        left.parent.mkdir()
        left.write_bytes(b"half")

        (found,) = FolderStorage(location=tmp_path).walk("recordings")

        assert is_unfinished(found.name)
        assert not is_unfinished(NAME)


class TestOptions:
    def test_say_how_a_bucket_encrypts(self) -> None:
        options = read_options("region_name=eu-central-1&sse=aws:kms&sse_kms_key_id=k")

        assert options["region_name"] == "eu-central-1"
        assert options["object_parameters"] == {
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": "k",
        }

    def test_leave_encryption_to_the_bucket_otherwise(self) -> None:
        options = read_options("part_mb=32&multipart_from_mb=64")

        assert options["object_parameters"] == {}
        assert options["transfer_config"].multipart_chunksize == 32 << 20
        assert options["transfer_config"].multipart_threshold == 64 << 20

    @pytest.mark.parametrize(
        "query",
        [
            *("sse=rot13", "sse=AES256&sse_kms_key_id=k", "part_mb=4", "part_mb=x"),
            *("querystring_auth=false", "custom_domain=cdn.example.org", "querystring_expire=0"),
        ],
    )
    def test_that_cannot_be_stop_the_start(self, query: str) -> None:
        with pytest.raises(BadStorageUrl):
            read_options(query)


class Vanishing(ContentFile):  # type: ignore[type-arg]  # it is generic in its stubs only
    """A source that breaks off after its first block."""

    @override
    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"half"
        raise OSError("source is gone")

    @override
    def read(self, size: int | None = -1) -> bytes:
        raise OSError("source is gone")


def as_shelf(storage: Storage) -> Shelf:
    assert isinstance(storage, Shelf)
    return storage

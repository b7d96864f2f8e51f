"""Every Vault by one contract: memory, a folder, and a bucket on a real S3 server."""

from __future__ import annotations

import hashlib
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from storages.backends.s3 import S3Storage

from apps.streams.adapters.memory import MemoryVault
from apps.streams.adapters.vaults.bucket import BucketVault
from apps.streams.adapters.vaults.folder import FolderVault
from apps.streams.errors import NoRoom, VaultDown
from apps.streams.ports import Vault
from apps.streams.wiring import vault_of
from tests.s3 import S3, s3_server

BODY = bytes(range(256)) * 40
SHA256 = hashlib.sha256(BODY).hexdigest()
NAME = "recordings/01J/0123456789abcdef.mp4"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(params=["memory", "folder", "bucket"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    if request.param == "memory":
        return MemoryVault()
    if request.param == "folder":
        return vault_of(FileSystemStorage(tmp_path / "stored"))
    options = request.getfixturevalue("s3").options()
    return vault_of(S3Storage(**options, location=tmp_path.name))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.mp4"
    path.write_bytes(BODY)
    return path


class TestVault:
    def test_keeps_what_it_is_given(self, vault: Vault, source: Path, tmp_path: Path) -> None:
        vault.put(source, NAME, content_type="video/mp4", sha256=SHA256)
        vault.put(source, NAME, content_type="video/mp4", sha256=SHA256)

        with vault.opened(NAME, tmp_path) as local:
            assert local.read_bytes() == BODY
        assert vault.read(NAME) == BODY
        assert vault.has(NAME, size_bytes=len(BODY), sha256=SHA256)

    def test_has_nothing_else(self, vault: Vault, source: Path, tmp_path: Path) -> None:
        vault.put(source, NAME, content_type="video/mp4", sha256=SHA256)

        assert not vault.has(f"{NAME}x", size_bytes=len(BODY), sha256=SHA256)
        assert not vault.has(NAME, size_bytes=len(BODY) - 1, sha256=SHA256)
        assert not vault.has(NAME, size_bytes=len(BODY), sha256="0" * 64)
        with pytest.raises(VaultDown):
            vault.read("recordings/nothing")
        with pytest.raises(VaultDown), vault.opened("recordings/nothing", tmp_path):
            pass

    def test_replaces_what_was_there(self, vault: Vault, source: Path) -> None:
        vault.put(source, NAME, content_type="video/mp4")
        source.write_bytes(b"newer")

        vault.put(source, NAME, content_type="video/mp4")

        assert vault.read(NAME) == b"newer"

    def test_removes_a_folder_and_not_its_neighbour(self, vault: Vault, source: Path) -> None:
        for name in ("a/1/x", "a/1/y/z", "a/12"):
            vault.put(source, name, content_type="video/mp4")

        gone = [vault.remove("a/1"), vault.remove("a/1")]

        assert gone == [2, 0]
        assert vault.read("a/12") == BODY


class TestFolder:
    def test_never_shows_half_a_file(self, tmp_path: Path, source: Path) -> None:
        vault = FolderVault(FileSystemStorage(tmp_path / "stored"), may_link=False)
        source.write_bytes(BODY * 200)

        with at_most(100_000), pytest.raises(NoRoom):
            vault.put(source, NAME, content_type="video/mp4")

        assert [path for path in (tmp_path / "stored").rglob("*") if path.is_file()] == []

    def test_refuses_a_file_that_changed_since_it_was_verified(
        self, tmp_path: Path, source: Path
    ) -> None:
        vault = FolderVault(FileSystemStorage(tmp_path / "stored"))

        with pytest.raises(VaultDown):
            vault.put(source, NAME, content_type="video/mp4", sha256="0" * 64)

        assert not (tmp_path / "stored" / NAME).exists()

    @pytest.mark.parametrize("may_link", [True, False])
    def test_keeps_its_own_when_the_source_goes(
        self, tmp_path: Path, source: Path, *, may_link: bool
    ) -> None:
        vault = FolderVault(FileSystemStorage(tmp_path / "stored"), may_link=may_link)

        vault.put(source, NAME, content_type="video/mp4", sha256=SHA256)
        source.unlink()

        assert vault.has(NAME, size_bytes=len(BODY), sha256=SHA256)

    def test_finds_a_copy_whose_bytes_rotted(self, tmp_path: Path, source: Path) -> None:
        vault = FolderVault(FileSystemStorage(tmp_path / "stored"))
        vault.put(source, NAME, content_type="video/mp4", sha256=SHA256)

        (tmp_path / "stored" / NAME).write_bytes(b"\xff" + BODY[1:])

        assert not vault.has(NAME, size_bytes=len(BODY), sha256=SHA256)


class TestBucket:
    def test_sends_a_large_file_in_parts(self, s3: S3, tmp_path: Path) -> None:
        vault = BucketVault(S3Storage(**s3.options(), location="large"))
        large = tmp_path / "large.mp4"
        large.write_bytes(BODY * 2_000)  # 20 MB, two parts
        digest = hashlib.sha256(large.read_bytes()).hexdigest()

        vault.put(large, NAME, content_type="video/mp4", sha256=digest)

        assert vault.has(NAME, size_bytes=large.stat().st_size, sha256=digest)
        assert (s3.folder / "large" / NAME).read_bytes() == large.read_bytes()

    def test_that_vanished_is_an_outage_and_no_loss(
        self, s3: S3, source: Path, tmp_path: Path
    ) -> None:
        vault = BucketVault(S3Storage(**{**s3.options(), "bucket_name": "vanished"}))

        with pytest.raises(VaultDown):
            vault.put(source, NAME, content_type="video/mp4", sha256=SHA256)
        with pytest.raises(VaultDown):
            vault.read(NAME)

        assert source.read_bytes() == BODY


@contextmanager
def at_most(file_bytes: int) -> Iterator[None]:
    """Let no file of this process grow further, as on a disk with a quota that is spent."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)

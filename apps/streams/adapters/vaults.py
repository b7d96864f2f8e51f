"""Vaults: a folder (also an NFS mount), written and renamed; a bucket, in parts that are checked.

Django's storage gives names and settings; its own `save` would write a file under its final name
while it grows, choose another name where one is taken, and hold back no checksum.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from django.core.files.storage import FileSystemStorage, Storage
from typing_extensions import override

from apps.streams.errors import NoRoom, VaultDown
from apps.streams.ports import Vault
from kit.ids import new_id

BLOCK_BYTES: Final = 4 * 1024**2
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MOST_KEYS: Final = 1_000
# Parts of 16 MiB: 10,000 of them, S3's most, are 156 GiB.
_TRANSFER: Final = TransferConfig(
    multipart_threshold=16 * 1024**2, multipart_chunksize=16 * 1024**2, max_concurrency=4
)


def vault_of(storage: Storage) -> Vault:
    """Return the vault over a configured storage."""
    if isinstance(storage, FileSystemStorage):
        return FolderVault(storage)
    return BucketVault(storage)


@dataclass(frozen=True, slots=True)
class FolderVault(Vault):
    """A file whose scratch is on the same disk gets a second name there (`may_link`), no copy."""

    storage: FileSystemStorage
    may_link: bool = True

    @override
    def put(self, source: Path, name: str, *, content_type: str, sha256: str = "") -> None:
        target = self._path(name)
        # Hidden, and not shown by that name: a crash leaves something a janitor knows.
        unfinished = target.with_name(f".{target.name}.{new_id()}.part")
        with _translated(name):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                linked = self.may_link and _linked(source, unfinished)
                digest = linked or _copied(source, unfinished)
                if sha256 and digest != sha256:
                    raise VaultDown(name=name, why="the file changed while it was copied")
                unfinished.replace(target)
                _settle(target.parent)
            finally:
                unfinished.unlink(missing_ok=True)

    @override
    def has(self, name: str, *, size_bytes: int, sha256: str) -> bool:
        path = self._path(name)
        with _translated(name):
            if not path.is_file() or path.stat().st_size != size_bytes:
                return False
            with path.open("rb") as kept:
                return hashlib.file_digest(kept, "sha256").hexdigest() == sha256

    @override
    @contextmanager
    def opened(self, name: str, scratch: Path) -> Iterator[Path]:
        path = self._path(name)
        if not path.is_file():
            raise VaultDown(name=name, why="there is no such file")
        yield path

    @override
    def read(self, name: str) -> bytes:
        with _translated(name):
            return self._path(name).read_bytes()

    @override
    def remove(self, name: str) -> int:
        path = self._path(name)
        with _translated(name):
            if path.is_dir():
                count = sum(len(files) for _, _, files in os.walk(path))
                shutil.rmtree(path)
                return count
            count = int(path.exists())
            path.unlink(missing_ok=True)
            return count

    def _path(self, name: str) -> Path:
        return Path(self.storage.path(name))  # refuses a name that leads out of the folder


@dataclass(frozen=True, slots=True)
class BucketVault(Vault):
    """S3 by boto3's managed transfer: several parts at once, each with a checksum S3 verifies."""

    storage: Any

    @override
    def put(self, source: Path, name: str, *, content_type: str, sha256: str = "") -> None:
        extra = {
            **self.storage.get_object_parameters(name),
            "ContentType": content_type,
            "ChecksumAlgorithm": "SHA256",
            "Metadata": {"sha256": sha256},
        }
        with _translated(name):
            self._client().upload_file(
                str(source), self.storage.bucket_name, self._key(name), extra, Config=_TRANSFER
            )
        if sha256 and not self.has(name, size_bytes=source.stat().st_size, sha256=sha256):
            raise VaultDown(name=name, why="what arrived is not what was sent")

    @override
    def has(self, name: str, *, size_bytes: int, sha256: str) -> bool:
        with _translated(name):
            try:
                head = self._client().head_object(
                    Bucket=self.storage.bucket_name, Key=self._key(name)
                )
            except ClientError as refused:
                if refused.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004
                    return False
                raise
            if head["ContentLength"] != size_bytes:
                return False
            # Not every server that speaks S3 keeps what it is told of an object.
            return bool((head["Metadata"].get("sha256") or self._digest(name)) == sha256)

    def _digest(self, name: str) -> str:
        body = self._client().get_object(Bucket=self.storage.bucket_name, Key=self._key(name))
        digest = hashlib.sha256()
        for block in body["Body"].iter_chunks(BLOCK_BYTES):
            digest.update(block)
        return digest.hexdigest()

    @override
    @contextmanager
    def opened(self, name: str, scratch: Path) -> Iterator[Path]:
        copy = scratch / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.mp4"
        if not copy.exists():
            unfinished = copy.with_suffix(f".{new_id()}.part")
            with _translated(name):
                try:
                    self._client().download_file(
                        self.storage.bucket_name, self._key(name), str(unfinished)
                    )
                    unfinished.replace(copy)
                finally:
                    unfinished.unlink(missing_ok=True)
        yield copy

    @override
    def read(self, name: str) -> bytes:
        with _translated(name):
            body = self._client().get_object(Bucket=self.storage.bucket_name, Key=self._key(name))
            content: bytes = body["Body"].read()
            return content

    @override
    def remove(self, name: str) -> int:
        with _translated(name):
            keys = self._keys(name)
            for at in range(0, len(keys), _MOST_KEYS):
                gone = self._client().delete_objects(
                    Bucket=self.storage.bucket_name,
                    Delete={"Objects": [{"Key": key} for key in keys[at : at + _MOST_KEYS]]},
                )
                if gone.get("Errors"):
                    raise VaultDown(name=name, why=str(gone["Errors"][0].get("Code")))
        return len(keys)

    def _keys(self, name: str) -> list[str]:
        """Return the object of this name and those below it, never `name2`."""
        key = self._key(name)
        pages = self._client().get_paginator("list_objects_v2")
        found = [
            row["Key"]
            for page in pages.paginate(Bucket=self.storage.bucket_name, Prefix=key)
            for row in page.get("Contents", ())
        ]
        return [one for one in found if one == key or one.startswith(f"{key}/")]

    def _client(self) -> Any:
        return self.storage.connection.meta.client

    def _key(self, name: str) -> str:
        return "/".join(part for part in (self.storage.location.strip("/"), name) if part)


def _copied(source: Path, target: Path) -> str:
    """Copy to the disk itself, not to its cache only; return the SHA-256 of the source.

    The kernel copies in one thread while the other hashes: neither waits for Python.
    """
    with source.open("rb") as near, target.open("xb") as far, ThreadPoolExecutor(1) as beside:
        copying = beside.submit(_copy, near.fileno(), far.fileno())
        with source.open("rb") as heard:
            digest = hashlib.file_digest(heard, "sha256").hexdigest()
        copying.result()
    return digest


def _copy(near: int, far: int) -> None:
    at, size = 0, os.fstat(near).st_size
    while at < size:
        sent = os.sendfile(far, near, at, BLOCK_BYTES)
        if not sent:
            raise OSError(errno.EIO, "the source ended early")
        at += sent
    os.fsync(far)


def _linked(source: Path, target: Path) -> str:
    """Give a file of the same disk a second name instead of a copy; "" where that cannot be."""
    try:
        os.link(source, target)
    except OSError:
        return ""
    with target.open("rb") as kept:
        os.fsync(kept.fileno())
        return hashlib.file_digest(kept, "sha256").hexdigest()


def _settle(folder: Path) -> None:
    """Make a rename outlast a power cut; some network mounts know no such thing."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        if failure.errno in _FULL:
            raise NoRoom(what=name, why=failure.strerror or "full") from failure
        raise VaultDown(name=name, why=str(failure)[:200]) from failure
    except (BotoCoreError, ClientError, Boto3Error) as failure:
        raise VaultDown(name=name, why=str(failure)[:200]) from failure

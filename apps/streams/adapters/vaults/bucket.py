"""A bucket, written in parts that S3 checks.

Django's own `save` would hold back no checksum; its storage gives names and settings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from typing_extensions import override

from apps.streams.adapters.vaults.failures import translated
from apps.streams.errors import VaultDown
from apps.streams.ports import Vault
from kit.ids import new_id

BLOCK_BYTES: Final = 4 * 1024**2
_MOST_KEYS: Final = 1_000
# Parts of 16 MiB: 10,000 of them, S3's most, are 156 GiB.
_TRANSFER: Final = TransferConfig(
    multipart_threshold=16 * 1024**2, multipart_chunksize=16 * 1024**2, max_concurrency=4
)


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


def _translated(name: str) -> AbstractContextManager[None]:
    return translated(name, BotoCoreError, ClientError, Boto3Error)

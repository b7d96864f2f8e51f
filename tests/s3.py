"""A real S3 server for the tests (`rclone serve s3`): signatures are checked, objects are files.

It refuses a wrong or expired signature, and finds its objects again after a `kill -9`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from tests.services import BIN, free_port, server

BUCKET: Final = "showrunner"
ACCESS_KEY: Final = "AKIDTESTS"
SECRET_KEY: Final = "a-secret-of-the-tests"
_ASKED: Final = ("endpoint_url", "region_name", "signature_version", "addressing_style")


def is_unfinished(path: Path) -> bool:
    """Tell what a killed server had not received whole from an object: S3 never shows it."""
    return path.name.startswith(".rclone_temp_put_")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3:
    """Where a server answers; `folder` holds its bucket's objects as plain files."""

    port: int
    folder: Path

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def options(self) -> dict[str, Any]:
        """Return what django-storages' S3Storage needs to reach it."""
        return {
            "bucket_name": BUCKET,
            "endpoint_url": self.endpoint_url,
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
            "region_name": "us-east-1",
            "signature_version": "s3v4",
            "addressing_style": "path",
        }

    def variables(self) -> dict[str, str]:
        """Return the environment of a process that keeps its files there."""
        asked = {name: str(self.options()[name]) for name in _ASKED}
        return {
            "STORAGE_URL": f"s3://{BUCKET}?{urlencode(asked)}",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }

    def command(self) -> list[str]:
        return [
            *(str(BIN / "rclone"), "serve", "s3", "--config", ""),
            *("--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--etag-hash", "MD5"),
            *("--addr", f"127.0.0.1:{self.port}", str(self.folder.parent)),
        ]


def an_s3(home: Path, port: int = 0) -> S3:
    """Return a server with one empty bucket, not yet started."""
    folder = home / "buckets" / BUCKET
    folder.mkdir(parents=True, exist_ok=True)
    return S3(port=port or free_port(), folder=folder)


@contextmanager
def s3_server(home: Path, port: int = 0) -> Iterator[S3]:
    """Run one until the block ends."""
    made = an_s3(home, port)
    with server("S3", made.command(), made.port, home / "s3.log"):
        yield made

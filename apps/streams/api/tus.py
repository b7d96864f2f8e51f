"""The words of tus 1.0.0 (https://tus.io/protocols/resumable-upload): headers in, headers out.

Extensions: creation, creation-with-upload, termination, expiration, checksum.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

from django.http import UnreadablePostError
from django.utils.http import http_date
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from apps.streams.contracts import UploadSummary

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,termination,expiration,checksum"
CHECKSUMS: Final = ("sha1", "sha256")
PIECE: Final = "application/offset+octet-stream"
BLOCK_BYTES: Final = 1 << 20
IN_MEMORY_BYTES: Final = 4 << 20
# A piece that takes longer is answered with what came of it, so that a slow phone has no thread
# of the web for an hour; the phone goes on from the offset it is told.
PIECE_S: Final = 60.0


class VersionWrong(APIException):
    status_code = 412
    default_code = "tus-version"
    default_detail = f"Tus-Resumable must be {VERSION}."


class LengthTooLarge(APIException):
    status_code = 413
    default_code = "upload-too-large"
    default_detail = "The upload is longer than Tus-Max-Size."


class ChecksumMismatch(APIException):
    """460 is the protocol's own."""

    status_code = 460
    default_code = "checksum-mismatch"
    default_detail = "The piece is not what its checksum says; nothing of it was kept."


def refuse_other_versions(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise VersionWrong


def read_number(request: Request, name: str) -> int:
    """Return a header that must be a whole number.

    Raises:
        ParseError: it is missing or is none.

    """
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):  # noqa: PLR2004 (int64)
        raise ParseError(f"{name} must be a whole number.")
    return int(text)


def read_metadata(request: Request) -> dict[str, str]:
    """Return `Upload-Metadata`: keys with base64 values, comma-separated.

    Raises:
        ParseError: a value is no base64 of UTF-8.

    """
    pairs = [pair.split() for pair in request.headers.get("Upload-Metadata", "").split(",")]
    try:
        return {
            key: base64.b64decode("".join(value), validate=True).decode()
            for key, *value in filter(None, pairs)
        }
    except ValueError as wrong:  # no base64, no ASCII, no UTF-8
        raise ParseError("Upload-Metadata must hold base64 of UTF-8.") from wrong


def has_piece(request: Request) -> bool:
    return (request.content_type or "").partition(";")[0].strip() == PIECE


@contextmanager
def piece(request: Request) -> Iterator[Iterator[bytes]]:
    """Lend the body in blocks, as it comes; one with a checksum only once it was checked.

    Raises:
        UnsupportedMediaType: the body is no piece of an upload.
        ChecksumMismatch: it is not what its checksum says.
        ParseError: the checksum is none we know.

    """
    if not has_piece(request):
        raise UnsupportedMediaType(request.content_type or "")
    given = request.headers.get("Upload-Checksum")
    if not given:
        yield _arriving(request)
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as held:
        _hold(request, held, given)
        yield iter(lambda: held.read(BLOCK_BYTES), b"")


def headers_of(upload: UploadSummary) -> dict[str, str]:
    return {
        "Upload-Offset": str(upload.received_bytes),
        "Upload-Length": str(upload.length_bytes),
        "Upload-Expires": http_date(upload.expires_at.timestamp()),
        "Cache-Control": "no-store",
    }


def describe(max_bytes: int) -> Response:
    """Answer OPTIONS: what this server can."""
    told = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(max_bytes),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
    return Response(status=204, headers=told)


def _arriving(request: Request) -> Iterator[bytes]:
    """Yield what arrives until the body ends, breaks off, or lasts too long."""
    deadline = time.monotonic() + PIECE_S
    stream: Any = request._request  # noqa: SLF001 (DRF's own stream is for parsers)
    while time.monotonic() < deadline:
        try:
            block = stream.read(BLOCK_BYTES)
        except (OSError, UnreadablePostError):
            return  # the phone is gone; what came before stays
        if not block:
            return
        yield block


def _hold(request: Request, held: IO[bytes], given: str) -> None:
    name, _, text = given.partition(" ")
    if name not in CHECKSUMS:
        raise ParseError(f"Upload-Checksum must be one of {', '.join(CHECKSUMS)}.")
    digest = hashlib.new(name, usedforsecurity=False)
    for block in _arriving(request):
        digest.update(block)
        held.write(block)
    try:
        wanted = base64.b64decode(text, validate=True)
    except ValueError as wrong:
        raise ParseError("Upload-Checksum must hold base64.") from wrong
    if not hmac.compare_digest(wanted, digest.digest()):
        raise ChecksumMismatch
    held.seek(0)

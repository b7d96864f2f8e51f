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
from typing import Any, Final

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
FIRST_BYTES: Final = 64
BLOCK_BYTES: Final = 64 << 10
LONG_S: Final = 0.5
IN_MEMORY_BYTES: Final = 4 << 20


class VersionWrong(APIException):
    status_code = 412
    default_code = "tus-version"
    default_detail = f"Tus-Resumable must be {VERSION}."


class LengthTooLarge(APIException):
    status_code = 413
    default_code = "upload-too-large"
    default_detail = "The upload is longer than Tus-Max-Size."


class PieceTooLong(APIException):
    status_code = 413
    default_code = "piece-too-long"
    default_detail = "The piece is longer than what is left of the upload."


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


def refuse_beyond(request: Request, left_bytes: int) -> None:
    """Refuse a piece that says it is longer than what is left, before its first byte.

    Raises:
        PieceTooLong: it is. No body is longer than it says: Django reads no more.

    """
    said = request.headers.get("Content-Length", "")
    if said.isdecimal() and int(said) > left_bytes:
        raise PieceTooLong


@contextmanager
def piece(request: Request, *, within_s: float) -> Iterator[Iterator[bytes]]:
    """Lend the body in blocks, as it comes; one with a checksum only once it was checked.

    What lasts longer ends there, so that a slow phone has no thread of the web for an hour; it
    goes on from the offset it is told.

    Raises:
        UnsupportedMediaType: the body is no piece of an upload.
        ChecksumMismatch: it is not what its checksum says.
        ParseError: the checksum is none we know.

    """
    if not has_piece(request):
        raise UnsupportedMediaType(request.content_type or "")
    digest, wanted = _checksum(request)
    blocks = _arriving(request, within_s)
    if digest is None:
        yield blocks
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as held:
        for block in blocks:
            digest.update(block)
            held.write(block)
        if not hmac.compare_digest(wanted, digest.digest()):
            raise ChecksumMismatch
        held.seek(0)
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


def _arriving(request: Request, within_s: float) -> Iterator[bytes]:
    """Yield what arrives until the body ends, breaks off, or lasts too long.

    The server's `read` waits until all it was asked for is there, and knows no timeout; so a slow
    phone is asked for little. Another thread must not read: once this one has answered, granian
    (2.8.7) waits for that read with Python's lock in its hand, and the whole process stands.
    """
    deadline = time.monotonic() + within_s
    stream: Any = request._request  # noqa: SLF001 (DRF's own stream is for parsers)
    size = FIRST_BYTES
    while (asked_at := time.monotonic()) < deadline:
        try:
            block = stream.read(size)
        except (OSError, UnreadablePostError):
            return  # the phone is gone; what came before stays
        if not block:
            return
        size = _next_size(size, took_s=time.monotonic() - asked_at)
        yield block


def _next_size(size: int, *, took_s: float) -> int:
    """Return how many bytes to wait for next, after a wait for so many that took so long."""
    return max(1, size // 4) if took_s > LONG_S else min(BLOCK_BYTES, size * 2)


def _checksum(request: Request) -> tuple[hashlib._Hash | None, bytes]:
    """Return what to count a checksum with, None where none is given, and what it must be."""
    given = request.headers.get("Upload-Checksum")
    if not given:
        return None, b""
    name, _, text = given.partition(" ")
    if name not in CHECKSUMS:
        raise ParseError(f"Upload-Checksum must be one of {', '.join(CHECKSUMS)}.")
    try:
        wanted = base64.b64decode(text, validate=True)
    except ValueError as wrong:
        raise ParseError("Upload-Checksum must hold base64.") from wrong
    return hashlib.new(name, usedforsecurity=False), wanted

"""Files as answers: ranges, conditional reads, cache headers; by WhiteNoise's responder."""

from __future__ import annotations

import os
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from typing_extensions import override
from whitenoise.responders import Response as Answer
from whitenoise.responders import StaticFile

from kit.storages import FOR_EVER as FOR_EVER
from kit.storages import Shelf

PRIVATELY: Final = "private, max-age=3600"


class RangedFile(StaticFile):  # type: ignore[misc]
    """WhiteNoise's file, which also answers ranges of one byte (6.12 says 416 to them)."""

    @override
    def get_range_response(self, range_header: str, base_headers: Any, file_handle: Any) -> Answer:
        size = int(dict(base_headers)["Content-Length"])
        start, end = self.get_byte_range(range_header, size)
        if start != end or not 0 <= start < size:
            return super().get_range_response(range_header, base_headers, file_handle)
        byte = None
        if file_handle is not None:
            file_handle.seek(start)
            byte = _One(file_handle.read(1))
            file_handle.close()
        headers = [pair for pair in base_headers if pair[0] != "Content-Length"]
        headers += [("Content-Range", f"bytes {start}-{end}/{size}"), ("Content-Length", "1")]
        return Answer(HTTPStatus.PARTIAL_CONTENT, headers, byte)


class _One:
    """One byte as the file-like object a response streams and closes."""

    def __init__(self, byte: bytes) -> None:
        self._left = byte

    def read(self, _size: int = -1) -> bytes:
        left, self._left = self._left, b""
        return left

    def close(self) -> None:
        self._left = b""


def serve_path(
    request: HttpRequest, path: Path, *, content_type: str, cache_control: str = FOR_EVER
) -> HttpResponseBase:
    """Answer a local file: 200, 206 for a range, 304 for what the caller has."""
    headers = [
        ("Content-Type", content_type),
        ("Cache-Control", cache_control),
        ("Accept-Ranges", "bytes"),
    ]
    answer = RangedFile(os.fspath(path), headers).get_response(request.method, request.META)
    response = FileResponse(answer.file or (), status=int(answer.status))
    del response.headers["Content-Type"]
    for name, value in answer.headers:
        response.headers[name] = value
    return response


def serve_stored(
    request: HttpRequest, name: str, *, content_type: str, cache_control: str = PRIVATELY
) -> HttpResponseBase:
    """Answer a stored file: from a local folder, else by a signed address of its bucket.

    With MEDIA_ACCEL_PREFIX nginx sends the bytes: it takes ranges and conditions off us, and the
    file's name reaches nobody outside.
    """
    signed = _signed(name, content_type)
    if signed is not None:
        answer = HttpResponseRedirect(signed)
        answer.headers["Cache-Control"] = "private, no-cache"  # it is over before a cache is
        return answer
    if settings.MEDIA_ACCEL_PREFIX:
        return _by_nginx(name, content_type, cache_control)
    path = Path(default_storage.path(name))
    return serve_path(request, path, content_type=content_type, cache_control=cache_control)


def _signed(name: str, content_type: str) -> str | None:
    shelf = cast("Shelf", default_storage)
    return shelf.signed_url(name, content_type=content_type, lasts_s=settings.MEDIA_SIGNED_S)


def _by_nginx(name: str, content_type: str, cache_control: str) -> HttpResponse:
    default_storage.path(name)  # raises where the name leads out of the folder
    answer = HttpResponse(content_type=content_type)
    answer.headers["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL_PREFIX}{quote(name)}"
    answer.headers["Cache-Control"] = cache_control
    return answer

"""Resumable upload: the session opens with metadata and closes with a video.

Protocol: POST opens a session and answers its URI in `Location`; PUT brings chunks of a multiple
of 256 KiB (the last one aside), each answered 308 with the `Range` held so far, and the last one
with the video; PUT of `bytes */N` asks how far the server got. What arrives of a chunk whose
connection breaks is kept, cut down to a multiple of 256 KiB.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema.protocols import Validator
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from sandbox.google.bearer import bearer
from sandbox.google.consent import SCOPE
from sandbox.google.errors import api_error, bad_token
from sandbox.google.grants import Grants
from sandbox.ledger import Upload, note
from sandbox.schemas import violation
from sandbox.youtube.channel import Video, YouTube
from sandbox.youtube.metadata import check_metadata
from sandbox.youtube.reads import known_only, named_parts, quota_exceeded
from sandbox.youtube.resources import VIDEO_PARTS, video_resource

UPLOAD_SCOPES = tuple(
    f"{SCOPE}{name}" for name in ("youtube.upload", "youtube", "youtube.force-ssl")
)
CHUNK_BYTES = 262_144
MAX_FILE_BYTES = 274_877_906_944
MAX_SESSIONS = 1_000
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass(slots=True, kw_only=True)
class Session:
    """One upload under way; `offset` bytes are held in `file`."""

    account: str
    parts: tuple[str, ...]
    resource: dict[str, Any]
    file: Path
    total: int | None
    offset: int = 0
    video: Video | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Uploads:
    """videos.insert, of which only uploadType=resumable is known."""

    youtube: YouTube
    grants: Grants
    shape: Validator
    sessions: dict[str, Session] = field(default_factory=dict)

    async def start(self, request: Request) -> Response:
        """POST: judge caller and metadata, answer the session's URI."""
        note(request.scope, Upload(step="start"))
        access = bearer(request, self.grants, UPLOAD_SCOPES)
        known_only(request, self.youtube.discovery.known_parameters("youtube.videos.insert"))
        if request.query_params.get("uploadType") != "resumable":
            raise api_error(400, "badRequest", "Only uploadType=resumable is known here.")
        if not self.youtube.quota.take_upload():
            raise quota_exceeded()
        parts = named_parts(request, VIDEO_PARTS)
        total = _announced(request.headers)
        resource = await self._metadata(request, parts)
        name = secrets.token_urlsafe(24)
        self._make_room()
        self.sessions[name] = Session(
            account=access.account,
            parts=parts,
            resource=resource,
            file=self.youtube.directory / f"{name}.part",
            total=total,
        )
        self.sessions[name].file.touch(mode=0o600)
        note(request.scope, _step(name, self.sessions[name], "start"))
        where = request.url.include_query_params(upload_id=name)
        return Response(headers={"location": str(where), "x-guploader-uploadid": name})

    async def proceed(self, request: Request) -> Response:
        """PUT to a session: a chunk, the whole file, or a question."""
        name = request.query_params.get("upload_id", "")
        session = self.sessions.get(name)
        asked = request.headers.get("content-range")
        note(request.scope, Upload(step="chunk", session=name, content_range=asked))
        if session is None:
            raise api_error(404, "notFound", "Upload session not found.")
        self._check_token(request)
        # One at a time: a chunk whose sender gave up must be settled before the next is judged.
        async with session.turn:
            step = "query"
            if session.video is None:
                first, last = _judge_range(asked, session)
                if first is not None:
                    step = "chunk"
                    await self._receive(request, session, last)
            answer = await self._settle(session)
            note(request.scope, _step(name, session, step, asked))
            return answer

    async def _settle(self, session: Session) -> Response:
        """The video once every byte is here, however the last one came; else how far it got."""
        if session.video is None and session.offset == session.total:
            session.video = await asyncio.to_thread(
                self.youtube.publish, session.account, session.resource, session.file
            )
        if session.video is not None:
            return JSONResponse(video_resource(session.video, session.parts))
        held = {"range": f"bytes=0-{session.offset - 1}"} if session.offset else {}
        return Response(status_code=308, headers=held)

    async def _metadata(self, request: Request, parts: tuple[str, ...]) -> dict[str, Any]:
        try:
            resource = await request.json()
        except ValueError as bad:
            raise api_error(400, "parseError", "Parse Error") from bad
        wrong = violation(self.shape, resource)
        if wrong is not None:
            raise api_error(
                400,
                "badRequest",
                f"Invalid value at '{wrong.field}': {wrong.sentence}",
                details=[
                    {
                        "@type": "type.googleapis.com/google.rpc.BadRequest",
                        "fieldViolations": [{"field": wrong.field, "description": wrong.sentence}],
                    }
                ],
            )
        check_metadata(resource, parts)
        return dict(resource)

    def _check_token(self, request: Request) -> None:
        """The session URI is the secret; a token beside it need not be there, but not be bad."""
        header = request.headers.get("authorization")
        if header and self.grants.bearer(header.partition(" ")[2]) is None:
            raise bad_token()

    async def _receive(self, request: Request, session: Session, last: int | None) -> None:
        """Append the body. A broken connection leaves whole 256 KiB blocks; a lie leaves none."""
        before = session.offset
        end = None if last is None else last + 1
        held = before
        try:
            with session.file.open("r+b") as stream:
                stream.seek(before)
                async for piece in request.stream():
                    held += len(piece)
                    if held > (end or session.total or MAX_FILE_BYTES):
                        raise _bad_range("More bytes came than Content-Range names.")
                    stream.write(piece)
            if end is not None and held != end:
                raise _bad_range("Fewer bytes came than Content-Range names.")
            session.offset = held
            if end is None:
                session.total = held
        except ClientDisconnect:
            whole = held == session.total
            session.offset = held if whole else held - held % CHUNK_BYTES
            note(request.scope, _step(request.query_params["upload_id"], session, "chunk"))
            raise
        finally:
            with session.file.open("r+b") as stream:
                stream.truncate(session.offset)

    def _make_room(self) -> None:
        """Bounded: the oldest session dies as one does after its week."""
        while len(self.sessions) >= MAX_SESSIONS:
            name = next(iter(self.sessions))
            self.sessions.pop(name).file.unlink(missing_ok=True)


def _announced(headers: Mapping[str, str]) -> int | None:
    """X-Upload-Content-Length and -Type, judged."""
    kind = headers.get("x-upload-content-type", "")
    if not kind.startswith("video/") and kind != "application/octet-stream":
        raise api_error(
            400,
            "badContent",
            f"Media type '{kind}' is not supported. "
            "Valid media types: [application/octet-stream, video/*]",
        )
    length = headers.get("x-upload-content-length")
    if length is None:
        return None
    if not length.isdigit() or int(length) > MAX_FILE_BYTES:
        raise api_error(400, "badRequest", "X-Upload-Content-Length is out of bounds.")
    if int(length) == 0:
        raise api_error(400, "mediaBodyRequired", "The request does not include the video.")
    return int(length)


def _judge_range(header: str | None, session: Session) -> tuple[int | None, int | None]:
    """First and last byte of this PUT; no first byte means a question, no last one an open end.

    Raises:
        Refusal: 400 for a range that is malformed, does not continue where the server is, does
            not fit the announced length, or is no multiple of 256 KiB and not the last.

    """
    if header is None:
        if session.offset:
            raise _bad_range("A file without Content-Range must be whole.")
        return 0, None if session.total is None else session.total - 1
    match = _RANGE.fullmatch(header)
    if match is None:
        raise _bad_range("Failed to parse Content-Range header.")
    first, last, total = match.groups()
    if total != "*" and session.total not in {None, int(total)}:
        raise _bad_range("The file's length is not the one announced.")
    if first is None:
        return None, None
    if int(first) != session.offset:
        raise _bad_range(f"The next byte expected is {session.offset}.")
    _judge_length(int(first), int(last), None if total == "*" else int(total))
    if total != "*":
        session.total = int(total)
    return int(first), int(last)


def _judge_length(first: int, last: int, total: int | None) -> None:
    if last < first or (total is not None and last >= total):
        raise _bad_range("Content-Range is out of bounds.")
    if (last - first + 1) % CHUNK_BYTES and last + 1 != total:
        raise _bad_range(f"Chunks are multiples of {CHUNK_BYTES} bytes, except the last.")


def _bad_range(sentence: str) -> Exception:
    return api_error(400, "badRequest", f"Invalid request. {sentence}")


def _step(name: str, session: Session, step: str, content_range: str | None = None) -> Upload:
    video = session.video
    return Upload(
        step=step,
        session=name,
        content_range=content_range,
        offset=session.offset,
        title=session.resource.get("snippet", {}).get("title"),
        privacy=session.resource.get("status", {}).get("privacyStatus"),
        video_id=video.id if video else None,
        size=video.size if video else None,
        sha256=video.sha256 if video else None,
    )

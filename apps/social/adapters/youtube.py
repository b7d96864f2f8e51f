"""YouTube Data API v3, by google-api-python-client, with its known traps worked around.

The client drives each request; the loop around it is ours, one call a chunk. Its own loop cannot
be used: retries inside `next_chunk` re-send a spent stream, so that the server waits for bytes
that never come, and a session must be written down before its first byte leaves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.http import HttpRequest, MediaUpload, build_http
from typing_extensions import override

from apps.social.adapters.google_consents import GoogleConsents
from apps.social.adapters.google_errors import NO_CHANNEL, meaning, translated
from apps.social.errors import NoChannel, VideoRefused, YouTubeDown
from apps.social.ports import Channel, NewVideo, Progress, Session, VideoStatus

DISCOVERY: Final = "youtube.v3.json"
FAILED: Final = frozenset({"failed", "rejected", "deleted"})
_DONE: Final = frozenset({200, 201})
_MORE: Final = 308


@dataclass(frozen=True, kw_only=True)
class YouTube(GoogleConsents):
    """Both ports. Holds no connection: httplib2 is not thread-safe, so each call has its own."""

    def get_channel(self, access_token: str) -> Channel:
        try:
            with self._http(access_token) as http, translated():
                asked = self._api(http).channels().list(part="snippet", mine=True)
                found = asked.execute(num_retries=0).get("items", [])
        except VideoRefused as refused:
            if refused.facts["reason"] in NO_CHANNEL:
                raise NoChannel from None
            raise
        if not found:
            raise NoChannel
        return Channel(id=found[0]["id"], title=found[0]["snippet"]["title"])

    def start_upload(self, access_token: str, video: NewVideo) -> str:
        body = {
            "snippet": {"title": video.title, "description": video.description},
            "status": {
                "privacyStatus": video.privacy,  # left out, YouTube makes it public
                "selfDeclaredMadeForKids": video.is_made_for_kids,
            },
        }
        with self._http(access_token) as http, translated():
            request = (
                self._api(http)
                .videos()
                .insert(part="snippet,status", body=body, media_body=_Unsent(video))
            )
            try:
                request.next_chunk(num_retries=0)
            except _SessionIsOpen:
                return str(request.resumable_uri)
        raise YouTubeDown(why="no session")  # the client never gets here without the bytes

    def find_progress(self, access_token: str, session: Session) -> Progress:
        headers = {"Content-Range": f"bytes */{session.size_bytes}", "Content-Length": "0"}
        with self._http(access_token) as http, translated(is_session=True):
            answer, content = http.request(session.uri, "PUT", headers=headers)
        if answer.status in _DONE:
            return _video(session, content)
        if answer.status != _MORE:
            raise meaning(answer.status, content, is_session=True)
        held = answer.get("range")  # left out where the server holds nothing
        return Progress(
            offset=int(held.rpartition("-")[2]) + 1 if held else 0,
            moved_to=answer.get("location", ""),
        )

    def send_chunk(
        self, access_token: str, session: Session, *, offset: int, chunk: bytes
    ) -> Progress:
        with self._http(access_token) as http, translated(is_session=True):
            request = HttpRequest(
                http,
                lambda _answer, content: content,
                session.uri,
                method="PUT",
                resumable=_Chunk(session, chunk),
            )
            request.resumable_uri = session.uri
            request.resumable_progress = offset
            _status, content = request.next_chunk(num_retries=0)
        if content is not None:
            return _video(session, content)
        moved = request.resumable_uri if request.resumable_uri != session.uri else ""
        return Progress(offset=request.resumable_progress, moved_to=moved)

    def list_videos(self, access_token: str, video_ids: Sequence[str]) -> dict[str, VideoStatus]:
        with self._http(access_token) as http, translated():
            asked = (
                self._api(http)
                .videos()
                .list(part="status,processingDetails", id=",".join(video_ids))
            )
            found = asked.execute(num_retries=0).get("items", [])
        return {item["id"]: _stage(item) for item in found}

    @contextmanager
    def _http(self, access_token: str) -> Iterator[AuthorizedHttp]:
        # build_http, as a plain httplib2.Http follows 308 as a redirect and breaks uploads. No
        # refresh by the library: it would re-send a chunk, and keep the new token to itself.
        http = build_http()
        http.timeout = self.timeout_s
        credentials = Credentials(token=access_token)  # type: ignore[no-untyped-call]
        try:
            yield AuthorizedHttp(credentials, http=http, refresh_status_codes=())
        finally:
            http.close()

    def _api(self, http: AuthorizedHttp) -> Any:
        return build_from_document(_discovery(self.root_url), http=http)


class _SessionIsOpen(Exception):
    """The start was answered; the client asks for the first bytes."""


class _Media(MediaUpload):  # type: ignore[misc]
    """Bytes in memory instead of a stream: what was sent can be sent again."""

    def __init__(self, content_type: str, size_bytes: int) -> None:
        self._content_type = content_type
        self._size_bytes = size_bytes

    @override
    def mimetype(self) -> str:
        return self._content_type

    @override
    def size(self) -> int:
        return self._size_bytes

    @override
    def resumable(self) -> bool:
        return True

    @override
    def has_stream(self) -> bool:
        return False


class _Unsent(_Media):
    """Stops the client between the start and the first chunk."""

    def __init__(self, video: NewVideo) -> None:
        super().__init__(video.content_type, video.size_bytes)

    @override
    def chunksize(self) -> int:
        return self._size_bytes

    @override
    def getbytes(self, begin: int, end: int) -> bytes:
        raise _SessionIsOpen


class _Chunk(_Media):
    def __init__(self, session: Session, chunk: bytes) -> None:
        super().__init__(session.content_type, session.size_bytes)
        self._chunk = chunk

    @override
    def chunksize(self) -> int:
        # Never more than there is: the client takes a short read for the end of the file.
        return len(self._chunk)

    @override
    def getbytes(self, begin: int, end: int) -> bytes:
        return self._chunk


@cache
def _discovery(root_url: str) -> dict[str, Any]:
    """Return the API as the client library ships it, moved to where it is to be called.

    `client_options.api_endpoint` would move the JSON calls only, not the uploads.
    """
    folder = resources.files("googleapiclient") / "discovery_cache" / "documents"
    document: dict[str, Any] = json.loads((folder / DISCOVERY).read_bytes())
    document["rootUrl"] = document["mtlsRootUrl"] = root_url.rstrip("/") + "/"
    return document


def _video(session: Session, content: bytes) -> Progress:
    try:
        video_id = json.loads(content)["id"]
    except (ValueError, KeyError, TypeError):
        raise YouTubeDown(why="its last answer is no video") from None
    return Progress(offset=session.size_bytes, video_id=video_id)


def _stage(item: dict[str, Any]) -> VideoStatus:
    status = item["status"]
    uploaded = status["uploadStatus"]
    privacy = status.get("privacyStatus", "")
    if uploaded == "processed":
        return VideoStatus(stage="done", privacy=privacy)
    if uploaded in FAILED:
        reason = status.get("failureReason") or status.get("rejectionReason") or uploaded
        return VideoStatus(stage="failed", reason=reason, privacy=privacy)
    if item.get("processingDetails", {}).get("processingStatus") in {"failed", "terminated"}:
        return VideoStatus(stage="failed", reason="processingFailed", privacy=privacy)
    return VideoStatus(stage="processing", privacy=privacy)

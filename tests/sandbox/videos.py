"""A file to upload, the calls that upload it, and what the stand-in kept of it."""

from __future__ import annotations

import hashlib
import io
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import googleapiclient.discovery
import httpx
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.http import MediaIoBaseUpload, build_http

from sandbox import client
from sandbox.threaded import StandIns
from sandbox.youtube.uploads import CHUNK_BYTES
from tests.sandbox import plain
from tests.sandbox.people import bearer, last

FILE = random.Random(7).randbytes(2 * CHUNK_BYTES + 1000)  # noqa: S311 - a file, no secret
SHA256 = hashlib.sha256(FILE).hexdigest()
METADATA: dict[str, dict[str, object]] = {
    "snippet": {"title": "Launch", "description": "Live from the pad"},
    "status": {"privacyStatus": "unlisted", "selfDeclaredMadeForKids": False},
}


@contextmanager
def youtube(stand_ins: StandIns, credentials: Credentials) -> Iterator[Any]:
    """The real client, its discovery document pointed at the stand-in."""
    folder = files("googleapiclient.discovery_cache.documents")
    document = json.loads((folder / "youtube.v3.json").read_text())
    document["rootUrl"] = document["mtlsRootUrl"] = f"{stand_ins.google_url}/"
    http = AuthorizedHttp(credentials, http=build_http())
    api = googleapiclient.discovery.build_from_document(document, http=http)
    try:
        yield api
    finally:
        api.close()


def media() -> MediaIoBaseUpload:
    return MediaIoBaseUpload(io.BytesIO(FILE), "video/mp4", chunksize=CHUNK_BYTES, resumable=True)


def start(
    stand_ins: StandIns,
    headers: dict[str, str],
    body: object = None,
    query: dict[str, str] | None = None,
) -> httpx.Response:
    return plain.post(
        f"{stand_ins.google_url}/upload/youtube/v3/videos",
        params=query or {"uploadType": "resumable", "part": "snippet,status"},
        headers={
            "x-upload-content-type": "video/mp4",
            "x-upload-content-length": str(len(FILE)),
            **headers,
        },
        json=METADATA if body is None else body,
    )


def a_session(stand_ins: StandIns, creator: Credentials, privacy: str = "unlisted") -> str:
    status = {**METADATA["status"], "privacyStatus": privacy}
    answer = start(stand_ins, bearer(creator), body={**METADATA, "status": status})
    assert answer.status_code == 200, answer.text
    return answer.headers["location"]


def a_video(stand_ins: StandIns, creator: Credentials, privacy: str = "unlisted") -> str:
    video: str = put(a_session(stand_ins, creator, privacy), FILE).json()["id"]
    return video


def put(session: str, body: bytes, content_range: str | None = None) -> httpx.Response:
    headers = {"content-range": content_range} if content_range else {}
    return plain.put(session, content=body, headers=headers, timeout=10)


def kept(stand_ins: StandIns, video_id: str) -> dict[str, object]:
    """What the stand-in stored, by the file itself and by the ledger, which must agree."""
    content = (stand_ins.ca_file.parent / "youtube" / f"{video_id}.mp4").read_bytes()
    stored = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    made = last(client.ledger(stand_ins.google_url), "upload")
    assert {name: made[name] for name in stored} == stored
    return stored


def reason_of(answer: httpx.Response) -> str:
    reason: str = answer.json()["error"]["errors"][0]["reason"]
    return reason

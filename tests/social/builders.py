"""Connections, recordings and uploads for tests, named by what matters."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage

from apps.social.adapters.memory import MemoryYouTube
from apps.social.contracts import UploadSummary
from apps.social.documents.connections import YouTubeConnection
from apps.social.documents.uploads import YouTubeUpload
from apps.social.ports import Consents, Grant, VideoSite
from apps.social.services import connections, outcomes, polling, uploads
from apps.social.services.sending import Equipment
from apps.streams.contracts import RecordingSummary
from apps.streams.errors import RecordingNotFound
from kit.ids import new_id
from kit.secrets import Safe
from tests.conftest import NOON

ADA: Final = "01ADA00000000000000000000A"
EVE: Final = "01EVE00000000000000000000E"
CALLBACK: Final = "http://127.0.0.1:8000/api/v1/youtube/callback"
KIB: Final = 1024
CHUNK: Final = 256 * KIB
VIDEO: Final = bytes(range(256)) * (KIB * 4)  # 1 MiB: four chunks


def state_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def code_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["code"][0]


@dataclass
class Studio:
    """What services get from outside, in memory unless told otherwise, and a clock to turn."""

    site: VideoSite = field(default_factory=MemoryYouTube)
    now: datetime = NOON
    tick: timedelta = timedelta()
    safe: Safe = field(default_factory=lambda: Safe([Fernet.generate_key().decode()]))
    storage: Storage = field(default_factory=InMemoryStorage)
    recordings: dict[str, RecordingSummary] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.site, MemoryYouTube):
            self.site.clock = lambda: self.now

    @property
    def youtube(self) -> MemoryYouTube:
        assert isinstance(self.site, MemoryYouTube)
        return self.site

    @property
    def consents(self) -> Consents:
        both: Any = self.site
        asked: Consents = both
        return asked

    def clock(self) -> datetime:
        self.now += self.tick
        return self.now

    def equipment(self, chunk_bytes: int = CHUNK) -> Equipment:
        return Equipment(
            site=self.site,
            consents=self.consents,
            safe=self.safe,
            storage=self.storage,
            find_recording=self.find_recording,
            clock=self.clock,
            chunk_bytes=chunk_bytes,
        )

    def find_recording(self, recording_id: str) -> RecordingSummary:
        if recording_id not in self.recordings:
            raise RecordingNotFound(recording_id=recording_id)
        return self.recordings[recording_id]

    def a_recording(self, content: bytes = VIDEO, **wanted: Any) -> RecordingSummary:
        recording_id = new_id()
        values: dict[str, Any] = {
            "broadcast_id": new_id(),
            "creator_id": ADA,
            "title": "Launch",
            "visibility": "public",
            "state": "stored",
            "storage_name": self.storage.save(f"{recording_id}.mp4", ContentFile(content)),
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            **wanted,
        }
        made = RecordingSummary(id=recording_id, created_at=self.now, **values)
        self.recordings[recording_id] = made
        return made

    def a_connection(
        self, *, user_id: str = ADA, grant: Grant | None = None, **wanted: Any
    ) -> str:
        """Store a connection; its tokens open the site in memory. Returns the user's id."""
        if grant is None:
            page = self.youtube.invite(state="s", redirect_url=CALLBACK)
            grant = self.youtube.exchange(
                code=code_of(page.url), verifier=page.verifier, redirect_url=CALLBACK
            )
        values: dict[str, Any] = {
            "channel_id": "UCada",
            "channel_title": "Ada",
            "access_expires_at": self.now + timedelta(hours=1),
            "auto_publish": True,
            "privacy": "public",
            "connected_at": self.now,
            **wanted,
        }
        YouTubeConnection.objects.connect(
            user_id,
            sealed_access=self.safe.seal(grant.access_token),
            sealed_refresh=self.safe.seal(grant.refresh_token),
            scopes=sorted(grant.scopes),
            **values,
        )
        return user_id

    def a_queued_upload(self, content: bytes = VIDEO, **wishes: Any) -> str:
        """Store a connection, a recording and its upload; return the upload's id."""
        self.a_connection()
        return self.request(self.a_recording(content), **wishes).id

    def request(self, recording: RecordingSummary, **wishes: Any) -> UploadSummary:
        return uploads.request_upload(
            user_id=ADA, recording=recording, wishes=wishes, now=self.now
        )

    def send(self, upload_id: str, *, holder: str = "task", chunk_bytes: int = CHUNK) -> bool:
        return outcomes.send_upload(
            upload_id=upload_id, holder=holder, equipment=self.equipment(chunk_bytes)
        )

    def poll(self, user_id: str = ADA) -> None:
        polling.poll_creator(
            user_id=user_id,
            site=self.site,
            consents=self.consents,
            safe=self.safe,
            now=self.now,
        )

    def begin(self, user_id: str = ADA, **wishes: Any) -> str:
        """Begin a consent and return its address."""
        return connections.begin_consent(
            user_id=user_id,
            wishes=wishes,
            redirect_url=CALLBACK,
            consents=self.consents,
            safe=self.safe,
            now=self.now,
        ).url

    def come_back(self, url: str) -> None:
        """Finish a consent as the browser that opened the site in memory does."""
        connections.finish_consent(
            state=state_of(url),
            code=code_of(url),
            redirect_url=CALLBACK,
            consents=self.consents,
            safe=self.safe,
            now=self.now,
        )


def the_upload(upload_id: str) -> YouTubeUpload:
    found: YouTubeUpload = YouTubeUpload.objects.get(id=upload_id)
    return found


def the_connection(user_id: str = ADA) -> YouTubeConnection:
    found: YouTubeConnection = YouTubeConnection.objects.get(user_id=user_id)
    return found


def announced(document: Any) -> list[dict[str, Any]]:
    """Return key and data of every event waiting in a document, in order."""
    return [{"key": event["key"], **event["data"]} for event in document.outbox]


def announced_keys(document: Any) -> list[str]:
    return [event["key"] for event in document.outbox]

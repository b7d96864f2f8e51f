"""A YouTube in memory: for tests, and for a laptop without accounts.

It opens its own consent page's door: the consent address is the redirect address with a code.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from apps.social.errors import (
    AccessExpired,
    ConsentRefused,
    GrantLost,
    NoChannel,
    QuotaSpent,
    SessionGone,
    VideoRefused,
)
from apps.social.ports import (
    SCOPES,
    Channel,
    Grant,
    Invitation,
    NewVideo,
    Progress,
    Session,
    VideoStatus,
)
from apps.social.rules import CHUNK_UNIT
from kit.documents import utc_now

TOKEN_LIVES = timedelta(hours=1)


@dataclass(slots=True)
class HeldFile:
    """A session: what it is for, and the bytes so far."""

    video: NewVideo
    content: bytearray = field(default_factory=bytearray)
    video_id: str = ""


@dataclass(slots=True, kw_only=True)
class MemoryYouTube:
    """Keeps everything in attributes, which a test may read and change.

    `broken` maps a method's name to errors it raises instead of working, one a call; with
    `lose_answers` the next chunk is taken and its answer lost.
    """

    channel: Channel | None = field(default_factory=lambda: Channel(id="UCmemory", title="Memory"))
    granted: tuple[str, ...] = SCOPES
    uploads_left: int = 100
    polls_to_process: int = 1
    failure: str = ""
    keeps_bytes: int | None = None
    clock: Callable[[], datetime] = utc_now
    codes: dict[str, str] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    access_tokens: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, HeldFile] = field(default_factory=dict)
    polls_left: dict[str, int] = field(default_factory=dict)
    broken: dict[str, list[Exception]] = field(default_factory=dict)
    lose_answers: list[Exception] = field(default_factory=list)

    @property
    def videos(self) -> dict[str, HeldFile]:
        """Every video there is, by its id."""
        return {held.video_id: held for held in self.sessions.values() if held.video_id}

    def invite(self, *, state: str, redirect_url: str) -> Invitation:
        verifier = secrets.token_urlsafe(48)
        code = secrets.token_urlsafe(16)
        self.codes[code] = _challenge(verifier)
        query = urlencode({"state": state, "code": code})
        return Invitation(url=f"{redirect_url}?{query}", verifier=verifier)

    def exchange(self, *, code: str, verifier: str, redirect_url: str) -> Grant:
        self._break("exchange")
        if not redirect_url or self.codes.pop(code, None) != _challenge(verifier):
            raise ConsentRefused(why="invalid_grant")
        refresh_token = secrets.token_urlsafe(16)
        self.refresh_tokens.add(refresh_token)
        return self._grant(refresh_token)

    def refresh(self, refresh_token: str) -> Grant:
        self._break("refresh")
        if refresh_token not in self.refresh_tokens:
            raise GrantLost(why="invalid_grant")
        return self._grant(refresh_token)

    def revoke(self, refresh_token: str) -> None:
        self._break("revoke")
        self.refresh_tokens.discard(refresh_token)

    def get_channel(self, access_token: str) -> Channel:
        self._enter("get_channel", access_token)
        if self.channel is None:
            raise NoChannel
        return self.channel

    def start_upload(self, access_token: str, video: NewVideo) -> str:
        self._enter("start_upload", access_token)
        if self.uploads_left <= 0:
            raise QuotaSpent
        self.uploads_left -= 1
        if not video.title or set("<>") & set(video.title):
            raise VideoRefused(reason="invalidTitle")
        uri = f"memory://session/{secrets.token_urlsafe(16)}"
        self.sessions[uri] = HeldFile(video)
        return uri

    def find_progress(self, access_token: str, session: Session) -> Progress:
        self._enter("find_progress", access_token)
        return self._progress(self._held(session))

    def send_chunk(
        self, access_token: str, session: Session, *, offset: int, chunk: bytes
    ) -> Progress:
        self._enter("send_chunk", access_token)
        held = self._held(session)
        if held.video_id:
            return self._progress(held)
        ends = offset + len(chunk) == held.video.size_bytes
        if offset != len(held.content) or (len(chunk) % CHUNK_UNIT and not ends):
            raise VideoRefused(reason="badRequest")
        held.content += chunk[: self.keeps_bytes]
        self.keeps_bytes = None
        if len(held.content) == held.video.size_bytes:
            held.video_id = secrets.token_urlsafe(8)
            self.polls_left[held.video_id] = self.polls_to_process
        if self.lose_answers:
            raise self.lose_answers.pop(0)
        return self._progress(held)

    def list_videos(self, access_token: str, video_ids: Sequence[str]) -> dict[str, VideoStatus]:
        self._enter("list_videos", access_token)
        known = self.videos
        return {key: self._look(key, known[key]) for key in video_ids if key in known}

    def _look(self, video_id: str, held: HeldFile) -> VideoStatus:
        self.polls_left[video_id] -= 1
        privacy = held.video.privacy
        if self.polls_left[video_id] >= 0:
            return VideoStatus(stage="processing", privacy=privacy)
        stage = "failed" if self.failure else "done"
        return VideoStatus(stage=stage, reason=self.failure, privacy=privacy)

    def _grant(self, refresh_token: str) -> Grant:
        access_token = secrets.token_urlsafe(16)
        self.access_tokens[access_token] = refresh_token
        return Grant(
            access_token=access_token,
            refresh_token=refresh_token,
            expires_at=self.clock() + TOKEN_LIVES,
            scopes=self.granted,
        )

    def _enter(self, verb: str, access_token: str) -> None:
        self._break(verb)
        if self.access_tokens.get(access_token) not in self.refresh_tokens:
            raise AccessExpired

    def _break(self, verb: str) -> None:
        if self.broken.get(verb):
            raise self.broken[verb].pop(0)

    def _held(self, session: Session) -> HeldFile:
        if session.uri not in self.sessions:
            raise SessionGone
        return self.sessions[session.uri]

    def _progress(self, held: HeldFile) -> Progress:
        return Progress(offset=len(held.content), video_id=held.video_id)


def _challenge(verifier: str) -> str:
    return hashlib.sha256(verifier.encode()).hexdigest()

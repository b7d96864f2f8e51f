"""One YouTube behind each adapter, and the ways to make it misbehave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

import httpx

from apps.social.adapters.memory import MemoryYouTube
from apps.social.adapters.youtube import YouTube
from apps.social.errors import YouTubeDown
from apps.social.ports import Grant
from sandbox import client
from sandbox.threaded import StandIns
from tests.social.builders import CALLBACK, code_of

SESSION: Final[dict[str, Any]] = {"path_prefix": "/upload", "method": "PUT"}
START: Final[dict[str, Any]] = {"path_prefix": "/upload", "method": "POST"}


class Site(Protocol):
    """A YouTube to test an adapter on; `site` is the adapter."""

    site: Any

    def consent(self, url: str, *scopes: str) -> str:
        """Say yes on the consent page, to the named scopes or all; return the code."""
        ...

    def forget(self, kind: str) -> None:
        """Let every `access` or `refresh` token end."""
        ...

    def set_quota(self, uploads_left: int) -> None: ...

    def set_processing(self, *, polls: int, failure: str | None = None) -> None: ...

    def go_down(self) -> None:
        """Answer the next call with a fault of the server."""
        ...

    def end_sessions(self) -> None:
        """Answer the next call to an upload session as if it had never been."""
        ...

    def lose_next_answer(self) -> None:
        """Do what the next chunk asks, and say nothing."""
        ...


def a_grant(site: Site, *scopes: str) -> Grant:
    invitation = site.site.invite(state="state", redirect_url=CALLBACK)
    code = site.consent(invitation.url, *scopes)
    grant: Grant = site.site.exchange(
        code=code, verifier=invitation.verifier, redirect_url=CALLBACK
    )
    return grant


@dataclass
class InMemory:
    """The adapter that is its own site."""

    site: MemoryYouTube = field(default_factory=MemoryYouTube)

    def consent(self, url: str, *scopes: str) -> str:
        self.site.granted = scopes or self.site.granted
        return code_of(url)

    def forget(self, kind: str) -> None:
        (self.site.access_tokens if kind == "access" else self.site.refresh_tokens).clear()

    def set_quota(self, uploads_left: int) -> None:
        self.site.uploads_left = uploads_left

    def set_processing(self, *, polls: int, failure: str | None = None) -> None:
        self.site.polls_to_process, self.site.failure = polls - 1, failure or ""

    def go_down(self) -> None:
        verbs = ["exchange", "refresh", "revoke", "get_channel"]
        verbs += ["start_upload", "find_progress", "send_chunk", "list_videos"]
        self.site.broken = {verb: [YouTubeDown(why="503")] for verb in verbs}

    def end_sessions(self) -> None:
        self.site.sessions.clear()

    def lose_next_answer(self) -> None:
        self.site.lose_answers = [YouTubeDown(why="reset")]


@dataclass
class InSandbox:
    """Google's client libraries against the stand-in, over a socket."""

    stand_ins: StandIns
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        self.url = self.stand_ins.google_url
        self.site = YouTube(
            client_id=self.stand_ins.credentials.google_client_id,
            client_secret=self.stand_ins.credentials.google_client_secret,
            auth_url=f"{self.url}/o/oauth2/v2/auth",
            token_url=f"{self.url}/token",
            revoke_url=f"{self.url}/revoke",
            root_url=f"{self.url}/",
            timeout_s=self.timeout_s,
        )

    def consent(self, url: str, *scopes: str) -> str:
        form: dict[str, Any] = {"decision": "allow"}
        if scopes:
            form |= {"granular": "1", "granted": list(scopes)}
        answer = httpx.post(url, data=form, follow_redirects=False)
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def forget(self, kind: str) -> None:
        client.undo(self.url, "grants", kind=kind)

    def set_quota(self, uploads_left: int) -> None:
        client.tell(self.url, "quota", {"uploads_left": uploads_left})

    def set_processing(self, *, polls: int, failure: str | None = None) -> None:
        client.tell(self.url, "processing", {"polls": polls, "failure": failure})

    def go_down(self) -> None:
        # google-auth tries a token endpoint three times by itself
        client.fail(self.url, status=503, times=3)

    def end_sessions(self) -> None:
        client.fail(self.url, status=404, body={"error": {"code": 404}}, **SESSION)

    def lose_next_answer(self) -> None:
        client.fail(self.url, reset=True, done=True, **SESSION)

    def steps(self) -> list[tuple[str, str | None]]:
        """Return the steps of uploads the stand-in saw, with their byte ranges."""
        return [
            (entry["step"], entry["content_range"])
            for entry in client.ledger(self.url)
            if entry["kind"] == "upload"
        ]

    def videos(self) -> list[dict[str, Any]]:
        """Return the videos made since the ledger was cleared, with size and SHA-256."""
        return [
            entry
            for entry in client.ledger(self.url)
            if entry["kind"] == "upload" and entry["step"] == "chunk" and entry["video_id"]
        ]

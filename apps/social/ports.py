"""What this context needs from outside, in its own words.

Adapters raise the second half of `errors`, and `YouTubeDown` for whatever a later try may mend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

UPLOAD_SCOPE = "https://www.googleapis.com/auth/youtube.upload"
READ_SCOPE = "https://www.googleapis.com/auth/youtube.readonly"
# Uploading alone cannot see whether processing finished (videos.list wants readonly).
SCOPES = (UPLOAD_SCOPE, READ_SCOPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A consent address, and the PKCE verifier (RFC 7636) that must come back with its code."""

    url: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a creator's consent is worth; an empty refresh token means: keep the one you have."""

    access_token: str
    refresh_token: str
    expires_at: datetime
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVideo:
    """What a video will be called, and who may see it. Sizes in bytes."""

    title: str
    description: str
    privacy: str
    is_made_for_kids: bool
    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An upload under way. The URI is a bearer secret."""

    uri: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the site holds the file; a video id means all of it, and that it is a video."""

    offset: int
    video_id: str = ""
    moved_to: str = ""  # a new session URI, where the site gave one


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStatus:
    """stage is processing, done or failed; reason is the site's word for a failure."""

    stage: str
    reason: str = ""
    privacy: str = ""


class Consents(Protocol):
    """Asks creators for consent and keeps it alive."""

    def invite(self, *, state: str, redirect_url: str) -> Invitation:
        """Make a consent address. Talks to nobody."""
        ...

    def exchange(self, *, code: str, verifier: str, redirect_url: str) -> Grant:
        """Turn a code into a grant; works once a code.

        Raises:
            ConsentRefused: code, verifier or address do not belong together.

        """
        ...

    def refresh(self, refresh_token: str) -> Grant:
        """Get a new access token.

        Raises:
            GrantLost: the consent is gone.

        """
        ...

    def revoke(self, refresh_token: str) -> None:
        """End the consent. Safe to repeat."""
        ...

    def get_channel(self, access_token: str) -> Channel:
        """Return the channel behind a grant.

        Raises:
            NoChannel: the account has none.

        """
        ...


class VideoSite(Protocol):
    """Takes videos in pieces. All methods raise AccessExpired, GrantLost and YouTubeDown."""

    def start_upload(self, access_token: str, video: NewVideo) -> str:
        """Open a session and return its URI; costs one of the project's uploads of the day.

        Raises:
            QuotaSpent: the day's uploads are used up.
            ChannelLimitReached: this channel's are.
            VideoRefused: the metadata or the channel are not acceptable.

        """
        ...

    def find_progress(self, access_token: str, session: Session) -> Progress:
        """Ask how far the site holds the file.

        Raises:
            SessionGone: it knows no such session.

        """
        ...

    def send_chunk(
        self, access_token: str, session: Session, *, offset: int, chunk: bytes
    ) -> Progress:
        """Send bytes from an offset: a multiple of CHUNK_UNIT of them, or the last ones.

        The site may keep less than was sent; go on where the answer says.

        Raises:
            SessionGone: it knows no such session, and took nothing.
            VideoRefused: it takes no more of this file.

        """
        ...

    def list_videos(self, access_token: str, video_ids: Sequence[str]) -> dict[str, VideoStatus]:
        """Return the state of up to 50 videos; who is missing does not exist."""
        ...

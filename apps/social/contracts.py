"""What other contexts may hold of a connection and an upload. Frozen, free of frameworks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentPage:
    """Where to send the creator's system browser, and until when it is worth it."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionSummary:
    """state is active, reconnect_required or revoked; privacy private, unlisted or public."""

    user_id: str
    state: str
    channel_id: str
    channel_title: str
    scopes: list[str]
    auto_publish: bool
    privacy: str
    connected_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadProblem:
    """Why an upload failed: a stable code, and a sentence for the creator."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadSummary:
    """One recording on its way to one creator's channel.

    state is queued, starting, uploading, processing, done, failed, waiting_quota or cancelled;
    progress is whole percent; offset and size_bytes are bytes. `privacy` is what was asked for,
    `actual_privacy` what YouTube made of it, once known: projects that have not passed Google's
    audit get private. The URLs are empty until there is a video.
    """

    id: str
    user_id: str
    recording_id: str
    state: str
    title: str
    privacy: str
    actual_privacy: str
    progress: int
    offset: int
    size_bytes: int
    video_id: str
    watch_url: str
    embed_url: str
    created_at: datetime
    not_before: datetime | None = None
    published_at: datetime | None = None
    error: UploadProblem | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlayerPage:
    """What the player page shows: the embed address, bound to our origin."""

    video_id: str
    embed_url: str
    watch_url: str

"""Facts the social context announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadProgressed(Event):
    """At most ten times an upload: when it crosses a multiple of ten percent."""

    key: ClassVar[str] = "upload.progressed"

    upload_id: str
    recording_id: str
    creator_id: str
    progress: int  # percent


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadPublished(Event):
    """YouTube finished processing; the video plays."""

    key: ClassVar[str] = "upload.published"

    upload_id: str
    recording_id: str
    creator_id: str
    video_id: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadFailed(Event):
    """A person must act; `code` says why."""

    key: ClassVar[str] = "upload.failed"

    upload_id: str
    recording_id: str
    creator_id: str
    title: str
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadWaiting(Event):
    """A daily limit is reached; it goes on by itself at `until`."""

    key: ClassVar[str] = "upload.waiting"

    upload_id: str
    recording_id: str
    creator_id: str
    code: str
    until: str  # ISO 8601


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionLost(Event):
    """Google no longer accepts the consent; the creator must connect again."""

    key: ClassVar[str] = "connection.lost"

    user_id: str
    channel_title: str

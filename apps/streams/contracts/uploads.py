"""What others may hold of an upload from a phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadDraft:
    """What a phone is about to send; `sha256` (hex), where given, is of the whole file."""

    length_bytes: int
    filename: str = ""
    title: str = ""
    visibility: str = "public"
    sha256: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadSummary:
    """state is uploading, checking, stored, failed, cancelled or expired; progress in percent.

    `code` and `error` say why it failed; `recording_id` is what it became; `cancelled_by` who
    gave it up, its creator or staff.
    """

    id: str
    creator_id: str
    filename: str
    title: str
    visibility: str
    state: str
    created_at: datetime
    expires_at: datetime
    length_bytes: int
    received_bytes: int
    progress: int
    sha256: str = ""
    recording_id: str = ""
    code: str = ""
    error: str = ""
    cancelled_by: str = ""

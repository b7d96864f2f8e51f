"""What others may hold of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """One row. `letter_id` is the task's or event's id; `id` is the row's, a ULID.

    state: waiting | replayed | dropped. deaths: how often it was given up; replays: how often
    somebody handed it to its queue again. died_at is of the last death, created_at of the first.
    """

    id: str
    letter_id: str
    kind: str
    name: str
    queue: str
    code: str
    reason: str
    tries: int
    deaths: int
    replays: int
    state: str
    created_at: datetime
    died_at: datetime
    request_id: str
    body_bytes: int
    settled_by: str = ""
    settled_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What a letter carries, as it lay on the broker."""

    body: bytes
    content_type: str
    content_encoding: str
    headers: dict[str, Any]
    traceback: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which rows; what is empty is no condition. `since` is of the last death."""

    state: str = "waiting"
    queue: str = ""
    kind: str = ""
    name: str = ""
    code: str = ""
    letter_id: str = ""
    row_id: str = ""
    since: datetime | None = None

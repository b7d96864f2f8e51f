"""The recordings desk: what is on its way or failed, and what staff can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.contrib import admin
from django.core.cache import cache
from pymongo.errors import PyMongoError
from typing_extensions import override

from apps.streams import public as streams
from apps.streams.admin.people import handles_of
from apps.streams.contracts import RecordingSummary
from apps.streams.models import RecordingDesk
from kit.admin import Answers, Ask, Column, Desk, RowAction
from kit.pages import Page, PageRequest

log = structlog.get_logger()

BADGE: Final = "admin:recordings"
BADGE_FRESH_S: Final = 10
MAX_ERROR_CHARS: Final = 90


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording with the handle of its creator; `since` is when its state began."""

    id: str
    title: str
    creator: str
    state: str
    since: datetime
    tries: int
    next_try: datetime | None
    progress: str
    lacks: str
    error: str


def retry(recording_id: str, _by: str, _answers: Answers) -> None:
    streams.retry_recording(recording_id=recording_id)
    cache.delete(BADGE)


def remove(recording_id: str, by: str, answers: Answers) -> None:
    streams.remove_recording(
        recording_id=recording_id, by=by, reason="staff", note=answers["note"]
    )
    cache.delete(BADGE)


@admin.register(RecordingDesk)
class RecordingDeskAdmin(Desk):
    columns = (
        Column("title", "Title", "strong"),
        Column("creator", "Creator"),
        Column("state", "State", "state"),
        Column("since", "Since", "age"),
        Column("tries", "Tries"),
        Column("next_try", "Next try", "due"),
        Column("progress", "Progress"),
        Column("lacks", "Lacks"),
        Column("error", "Last error"),
        Column("id", "Id", "code"),
    )
    tones = {"failed": "danger", "removed": "info", "stored": "success", "published": "success"}
    search_hint = "A state, as failed or stored"
    quick = (
        ("On their way", ""),
        ("Failed", "failed"),
        ("Stored", "stored"),
        ("Published", "published"),
        ("Removed", "removed"),
    )
    empty = "Every recording is where it belongs."
    row_actions = (
        RowAction(
            name="retry",
            label="Try again now",
            permission="streams.retry_recording",
            done="tried again",
            warning="What failed begins again from its parts, as far as they are there.",
            run=retry,
        ),
        RowAction(
            name="remove",
            label="Remove",
            permission="streams.remove_recording",
            done="removed",
            warning="Nobody sees them any more. Their files are deleted after 30 days.",
            run=remove,
            asks=(Ask("note", "Reason", "Kept in the audit trail."),),
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[RecordingRow]:
        found = streams.list_watched_recordings(search=search, page=page)
        handles = handles_of(row.creator_id for row in found.items)
        return found.map(lambda row: _row(row, handles[row.creator_id]))


def stuck_badge(_request: object) -> str:
    """Return how many recordings wait for a person, for the sidebar; nothing where none do."""
    said: str | None = cache.get(BADGE)
    if said is None:
        try:
            count = streams.count_alerted()
        except PyMongoError as away:
            log.warning("badge unknown", error=str(away)[:200])
            count = 0
        said = str(count) if count else ""
        cache.set(BADGE, said, BADGE_FRESH_S)
    return said


def _row(found: RecordingSummary, creator: str) -> RecordingRow:
    return RecordingRow(
        id=found.id,
        title=found.title,
        creator=creator,
        state=found.state,
        since=found.state_since or found.created_at,
        tries=found.tries,
        next_try=found.due_at,
        progress=f"{found.progress} %" if found.is_stored else "",
        lacks=", ".join(found.warnings),
        error=found.error[:MAX_ERROR_CHARS],
    )

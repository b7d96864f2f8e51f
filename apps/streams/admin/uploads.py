"""The desk of uploads: how far they came, why one failed, and the way to stop one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib import admin
from typing_extensions import override

from apps.streams import public as streams
from apps.streams.admin.people import handles_of
from apps.streams.contracts import UploadSummary
from apps.streams.models import UploadDesk
from apps.streams.rules.uploads import STATES
from kit.admin import Answers, Block, Column, Desk, Detail, RowAction
from kit.pages import Page, PageRequest

MAX_ERROR_CHARS: Final = 90


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An upload with the handles of its creator and of who stopped it."""

    id: str
    title: str
    creator: str
    state: str
    visibility: str
    progress: str
    size: str
    begun: datetime
    expires: datetime | None
    code: str
    error: str
    filename: str
    sha256: str
    recording: str
    cancelled_by: str


def cancel(upload_id: str, by: str, _answers: Answers) -> None:
    streams.cancel_upload(upload_id=upload_id, by=by)


@admin.register(UploadDesk)
class UploadDeskAdmin(Desk):
    columns = (
        Column("title", "Title", "strong"),
        Column("creator", "Creator"),
        Column("state", "State", "state"),
        Column("progress", "Received"),
        Column("size", "Size"),
        Column("begun", "Begun", "age"),
        Column("expires", "Expires", "due"),
        Column("code", "Failure", "code"),
        Column("error", "Why"),
    )
    facts = (
        Column("title", "Title", "strong"),
        Column("creator", "Creator"),
        Column("state", "State", "state"),
        Column("progress", "Received"),
        Column("size", "Size"),
        Column("begun", "Begun", "age"),
        Column("expires", "Expires", "due"),
        Column("visibility", "Visibility"),
        Column("filename", "File"),
        Column("recording", "Recording", "code"),
        Column("cancelled_by", "Cancelled by"),
        Column("code", "Failure", "code"),
        Column("sha256", "SHA-256", "code"),
        Column("id", "Id", "code"),
    )
    tones = {"uploading": "info", "checking": "info", "stored": "success", "failed": "danger"}
    search_hint = "A state, or the id of an upload or a creator"
    quick = (("All", ""), *((state.capitalize(), state) for state in STATES))
    empty = "Nobody uploaded a video yet."
    # A failed one cannot be checked again: its bytes go with the next tidying.
    row_actions = (
        RowAction(
            name="cancel",
            label="Cancel upload",
            permission="streams.cancel_upload",
            done="cancelled",
            warning="What arrived of it is deleted, and the phone cannot go on. "
            "This cannot be undone.",
            run=cancel,
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[UploadRow]:
        found = streams.list_uploads_for_staff(search=search, page=page)
        handles = handles_of(row.creator_id for row in found.items)
        return found.map(lambda row: _row(row, handles))

    @override
    def detail(self, row_id: str) -> Detail:
        found = streams.get_upload(upload_id=row_id)
        handles = handles_of(one for one in (found.creator_id, found.cancelled_by) if one)
        return Detail(_row(found, handles), [Block("Why", found.error)] if found.error else [])

    @override
    def may_act_on(self, row: UploadRow) -> bool:
        return row.state == "uploading"


def _row(found: UploadSummary, handles: dict[str, str]) -> UploadRow:
    return UploadRow(
        id=found.id,
        title=found.title,
        creator=handles[found.creator_id],
        state=found.state,
        visibility=found.visibility,
        progress=f"{found.progress}\u00a0%",
        size=f"{found.length_bytes / 1e6:,.1f}\u00a0MB",
        begun=found.created_at,
        expires=found.expires_at if found.state == "uploading" else None,
        code=found.code,
        error=found.error[:MAX_ERROR_CHARS],
        filename=found.filename,
        sha256=found.sha256,
        recording=found.recording_id,
        cancelled_by=handles.get(found.cancelled_by, ""),
    )

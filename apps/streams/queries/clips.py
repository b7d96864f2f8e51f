"""Clips, read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from apps.streams.contracts import ClipSummary
from apps.streams.documents.clips import Clip
from apps.streams.errors import ClipNotFound
from kit import mongo
from kit.pages import Page, PageRequest, cut

CLIP_FIELDS: Final = (
    *("broadcast_id", "recording_id", "creator_id", "title", "mode", "state", "created_at"),
    *("start_s", "end_s", "progress", "storage_name", "duration_s", "size_bytes"),
    *("width", "height", "ready_at", "error"),
)


def get_clip(*, clip_id: str) -> ClipSummary:
    """Return a clip that is not removed.

    Raises:
        ClipNotFound: there is none.

    """
    row = mongo.database()["clips"].find_one(
        {"_id": clip_id, "state": {"$ne": "removed"}}, dict.fromkeys(CLIP_FIELDS, 1)
    )
    if row is None:
        raise ClipNotFound(clip_id=clip_id)
    return _clip(row)


def list_clips(
    *, page: PageRequest, broadcast_id: str = "", recording_id: str = ""
) -> Page[ClipSummary]:
    """Return the clips of a recording or of a broadcast, newest first."""
    named = {"broadcast_id": broadcast_id, "recording_id": recording_id}
    wanted: dict[str, Any] = {name: value for name, value in named.items() if value}
    wanted["state"] = {"$ne": "removed"}
    if page.cursor:
        wanted["_id"] = {"$lt": page.cursor}
    found = (
        mongo.database()["clips"]
        .find(wanted, dict.fromkeys(CLIP_FIELDS, 1))
        .sort("_id", -1)
        .limit(page.limit + 1)
        .batch_size(page.limit + 1)
    )
    rows = [_clip(row) for row in found]
    return cut(rows, limit=page.limit, cursor_of=lambda row: row.id)


def list_due(*, now: datetime, limit: int) -> list[Clip]:
    return list(Clip.objects(due_at__lt=now).order_by("due_at").limit(limit).batch_size(limit))


def _clip(row: dict[str, Any]) -> ClipSummary:
    return ClipSummary(id=row.pop("_id"), **row)

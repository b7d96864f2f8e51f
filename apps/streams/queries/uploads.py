"""Uploads, read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from apps.streams.contracts import UploadSummary
from apps.streams.errors import UploadNotFound
from apps.streams.rules.uploads import OVER_STATES, percent
from kit import mongo
from kit.ids import is_id
from kit.pages import Page, PageRequest, cut
from kit.published import lowest_id

UPLOAD_FIELDS: Final = (
    *("creator_id", "filename", "title", "visibility", "state", "created_at", "expires_at"),
    *("length_bytes", "received_bytes", "sha256", "recording_id", "code", "error"),
    "cancelled_by",
)


def get_upload(*, upload_id: str) -> UploadSummary:
    row = mongo.database()["uploads"].find_one({"_id": upload_id}, dict.fromkeys(UPLOAD_FIELDS, 1))
    if row is None:
        raise UploadNotFound(upload_id=upload_id)
    return _upload(row)


def list_uploads(*, creator_id: str, page: PageRequest) -> Page[UploadSummary]:
    """Return one creator's uploads, the newest first."""
    return _page({"creator_id": creator_id}, page)


def list_uploads_for_staff(*, search: str, page: PageRequest) -> Page[UploadSummary]:
    """Return everybody's, the newest first; search by a state, or an upload's or creator's id."""
    if not search:
        return _page({}, page)
    if is_id(search):
        return _page({"$or": [{"_id": search}, {"creator_id": search}]}, page)
    return _page({"state": search}, page)


def list_since(*, creator_id: str, since: datetime) -> list[UploadSummary]:
    """Return what one creator began since a moment."""
    wanted = {"creator_id": creator_id, "_id": {"$gte": lowest_id(since)}}
    return [_upload(row) for row in _newest(wanted)]


def count_open(*, creator_id: str) -> int:
    return mongo.database()["uploads"].count_documents(
        {"creator_id": creator_id, "state": "uploading"}
    )


def list_idle(*, before: datetime, limit: int) -> list[str]:
    """Return uploads whose time was over before a moment."""
    return _ids({"state": "uploading", "expires_at": {"$lt": before}}, limit)


def list_unchecked(*, before: datetime, limit: int) -> list[str]:
    """Return uploads that were complete before a moment and are still to be checked."""
    return _ids({"state": "checking", "complete_at": {"$lt": before}}, limit)


def list_uncleared(*, limit: int) -> list[str]:
    """Return uploads that are over and may have left something in the spool."""
    return _ids({"spooled": True, "state": {"$in": list(OVER_STATES)}}, limit)


def _page(wanted: dict[str, Any], page: PageRequest) -> Page[UploadSummary]:
    if page.cursor:
        wanted = wanted | {"_id": {"$lt": page.cursor}}
    rows = [_upload(row) for row in _newest(wanted).limit(page.limit + 1)]
    return cut(rows, limit=page.limit, cursor_of=lambda row: row.id)


def _newest(wanted: dict[str, Any]) -> Any:
    found = mongo.database()["uploads"].find(wanted, dict.fromkeys(UPLOAD_FIELDS, 1))
    return found.sort("_id", -1)


def _ids(wanted: dict[str, Any], limit: int) -> list[str]:
    found = mongo.database()["uploads"].find(wanted, {"_id": 1}).limit(limit).batch_size(limit)
    return [row["_id"] for row in found]


def _upload(row: dict[str, Any]) -> UploadSummary:
    done = percent(row["received_bytes"], row["length_bytes"])
    return UploadSummary(id=row.pop("_id"), progress=done, **row)

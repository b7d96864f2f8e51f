"""Recordings, read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from apps.streams.contracts import RecordingSummary
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.recordings import Recording
from apps.streams.errors import RecordingNotFound
from apps.streams.rules.recordings import UNSTORED_STATES
from kit import mongo
from kit.pages import Page, PageRequest, cut

RECORDING_FIELDS: Final = (
    *("broadcast_id", "creator_id", "title", "visibility", "state", "created_at"),
    *("storage_name", "duration_s", "size_bytes", "width", "height", "sha256"),
    *("stored_at", "error"),
)


def get_recording(*, recording_id: str) -> RecordingSummary:
    return _one_recording({"_id": recording_id}, recording_id)


def get_recording_of(*, broadcast_id: str) -> RecordingSummary:
    return _one_recording({"broadcast_id": broadcast_id}, f"of broadcast {broadcast_id}")


def list_recordings(
    *, visibilities: Sequence[str], creator_id: str, page: PageRequest
) -> Page[RecordingSummary]:
    wanted: dict[str, Any] = {"state": "stored", "visibility": {"$in": list(visibilities)}}
    if creator_id:
        wanted["creator_id"] = creator_id
    if page.cursor:
        wanted["_id"] = {"$lt": page.cursor}
    found = (
        mongo.database()["recordings"]
        .find(wanted, dict.fromkeys(RECORDING_FIELDS, 1))
        .sort("_id", -1)
        .limit(page.limit + 1)
        .batch_size(page.limit + 1)
    )
    rows = [_recording(row) for row in found]
    return cut(rows, limit=page.limit, cursor_of=lambda row: row.id)


def list_unstored(*, before: datetime, limit: int) -> list[str]:
    """Return broadcasts that ended before a moment and whose recording is not stored yet."""
    waiting = Recording.objects(state__in=UNSTORED_STATES).only("broadcast_id").limit(limit)
    ids = [row.broadcast_id for row in waiting]
    ended = Broadcast.objects(id__in=ids, state="ended", ended_at__lt=before).only("id")
    return [str(row.id) for row in ended]


def _one_recording(wanted: dict[str, str], named: str) -> RecordingSummary:
    row = mongo.database()["recordings"].find_one(wanted, dict.fromkeys(RECORDING_FIELDS, 1))
    if row is None:
        raise RecordingNotFound(recording_id=named)
    return _recording(row)


def _recording(row: dict[str, Any]) -> RecordingSummary:
    return RecordingSummary(id=row.pop("_id"), **row)

"""Reads. Outside this context they are contracts, never documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from apps.streams import rules
from apps.streams.contracts import BroadcastSummary, RecordingSummary
from apps.streams.documents import Broadcast, Recording
from apps.streams.errors import BroadcastNotFound, RecordingNotFound
from kit import mongo
from kit.pages import Page, PageRequest, cut

# Lists are plain projections: a hydrated document costs twenty times as much.
BROADCAST_FIELDS: Final = (
    *("creator_id", "title", "state", "visibility", "created_at"),
    *("starts_at", "live_at", "ended_at", "epoch"),
)
RECORDING_FIELDS: Final = (
    *("broadcast_id", "creator_id", "title", "visibility", "state", "created_at"),
    *("storage_name", "duration_s", "size_bytes", "width", "height", "sha256"),
    *("stored_at", "error"),
)


def get_document(broadcast_id: str) -> Broadcast:
    found: Broadcast | None = Broadcast.objects(id=broadcast_id).first()
    if found is None:
        raise BroadcastNotFound(broadcast_id=broadcast_id)
    return found


def get_broadcast(*, broadcast_id: str) -> BroadcastSummary:
    row = mongo.database()["broadcasts"].find_one(
        {"_id": broadcast_id}, dict.fromkeys(BROADCAST_FIELDS, 1)
    )
    if row is None:
        raise BroadcastNotFound(broadcast_id=broadcast_id)
    return _broadcast(row)


def get_recording(*, recording_id: str) -> RecordingSummary:
    return _one_recording({"_id": recording_id}, recording_id)


def get_recording_of(*, broadcast_id: str) -> RecordingSummary:
    return _one_recording({"broadcast_id": broadcast_id}, f"of broadcast {broadcast_id}")


def list_broadcasts(
    *, states: Sequence[str], visibilities: Sequence[str], creator_id: str, page: PageRequest
) -> Page[BroadcastSummary]:
    """Return broadcasts newest first; an empty creator means everyone's."""
    wanted: dict[str, Any] = {
        "state": {"$in": list(states)},
        "visibility": {"$in": list(visibilities)},
    }
    if creator_id:
        wanted["creator_id"] = creator_id
    return cut(_broadcasts(wanted, page), limit=page.limit, cursor_of=lambda row: row.id)


def list_for_staff(*, search: str, page: PageRequest) -> Page[BroadcastSummary]:
    """Return what is or may come on air, newest first; the search is part of the title."""
    wanted: dict[str, Any] = {"state": {"$in": list(rules.OPEN_STATES)}}
    found = _broadcasts(wanted, PageRequest(page.cursor, 1_000) if search else page)
    matching = [row for row in found if search.casefold() in row.title.casefold()]
    return cut(matching, limit=page.limit, cursor_of=lambda row: row.id)


def list_upcoming(*, after: datetime, limit: int) -> list[BroadcastSummary]:
    found = (
        mongo.database()["broadcasts"]
        .find(
            {"state": "scheduled", "visibility": "public", "starts_at": {"$gt": after}},
            dict.fromkeys(BROADCAST_FIELDS, 1),
        )
        .sort("starts_at", 1)
        .limit(limit)
    )
    return [_broadcast(row) for row in found]


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


def list_live_ids() -> list[str]:
    found = mongo.database()["broadcasts"].find({"state": "live"}, {"_id": 1})
    return [row["_id"] for row in found]


def list_lapsed(*, now: datetime, limit: int) -> list[Broadcast]:
    """Return what says live although its lease is over."""
    return list(
        Broadcast.objects(state="live", lease_until__lt=now).limit(limit).batch_size(limit)
    )


def list_given_up(*, now: datetime, limit: int) -> list[Broadcast]:
    """Return what waited for its encoder until the reconnect window closed."""
    return list(
        Broadcast.objects(state="interrupted", reconnect_until__lt=now)
        .limit(limit)
        .batch_size(limit)
    )


def list_unstored(*, before: datetime, limit: int) -> list[str]:
    """Return broadcasts that ended before a moment and whose recording is not stored yet."""
    waiting = Recording.objects(state__in=rules.UNSTORED_STATES).only("broadcast_id").limit(limit)
    ids = [row.broadcast_id for row in waiting]
    ended = Broadcast.objects(id__in=ids, state="ended", ended_at__lt=before).only("id")
    return [str(row.id) for row in ended]


def _broadcasts(wanted: dict[str, Any], page: PageRequest) -> list[BroadcastSummary]:
    if page.cursor:
        wanted = wanted | {"_id": {"$lt": page.cursor}}
    found = (
        mongo.database()["broadcasts"]
        .find(wanted, dict.fromkeys(BROADCAST_FIELDS, 1))
        .sort("_id", -1)
        .limit(page.limit + 1)
        .batch_size(page.limit + 1)
    )
    return [_broadcast(row) for row in found]


def _one_recording(wanted: dict[str, str], named: str) -> RecordingSummary:
    row = mongo.database()["recordings"].find_one(wanted, dict.fromkeys(RECORDING_FIELDS, 1))
    if row is None:
        raise RecordingNotFound(recording_id=named)
    return _recording(row)


def _broadcast(row: dict[str, Any]) -> BroadcastSummary:
    return BroadcastSummary(id=row.pop("_id"), **row)


def _recording(row: dict[str, Any]) -> RecordingSummary:
    return RecordingSummary(id=row.pop("_id"), **row)

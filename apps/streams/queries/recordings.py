"""Recordings, read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from apps.streams.contracts import RecordingSummary
from apps.streams.documents.recordings import Recording
from apps.streams.errors import RecordingNotFound
from apps.streams.rules.recordings import PLAYABLE_STATES
from kit import mongo
from kit.pages import Page, PageRequest, cut

RECORDING_FIELDS: Final = (
    *("broadcast_id", "creator_id", "title", "visibility", "state", "created_at"),
    *("storage_name", "duration_s", "size_bytes", "width", "height", "sha256", "has_audio"),
    *("stored_at", "published_at", "error", "progress", "ladder", "qualities"),
    *("expected_s", "warnings", "state_since", "due_at", "tries"),
)
# What is on its way; the rest is finished, one way or the other.
WATCHED_STATES: Final = ("expected", "found", "verified", "stored", "failed", "removed")
# Beyond it nobody counts on: the number is then a lower bound.
MOST_COUNTED: Final = 10_000


def get_document(recording_id: str) -> Recording:
    found: Recording | None = Recording.objects(id=recording_id).first()
    if found is None:
        raise RecordingNotFound(recording_id=recording_id)
    return found


def get_recording(*, recording_id: str) -> RecordingSummary:
    return _one_recording({"_id": recording_id}, recording_id)


def get_recording_of(*, broadcast_id: str) -> RecordingSummary:
    return _one_recording({"broadcast_id": broadcast_id}, f"of broadcast {broadcast_id}")


def find_recordings(*, recording_ids: Sequence[str]) -> list[RecordingSummary]:
    """Return those of some recordings that are there."""
    wanted = {"_id": {"$in": list(recording_ids)}}
    found = mongo.database()["recordings"].find(wanted, dict.fromkeys(RECORDING_FIELDS, 1))
    return [_recording(row) for row in found.batch_size(len(recording_ids) + 1)]


def list_recordings(
    *, visibilities: Sequence[str], creator_id: str, page: PageRequest
) -> Page[RecordingSummary]:
    wanted: dict[str, Any] = {
        "state": {"$in": list(PLAYABLE_STATES)},
        "visibility": {"$in": list(visibilities)},
    }
    if creator_id:
        wanted["creator_id"] = creator_id
    return _page(wanted, page)


def list_of_broadcast(*, broadcast_id: str, page: PageRequest) -> Page[RecordingSummary]:
    """Return what is recorded of a broadcast, in whatever state, but for what was removed."""
    return _page({"broadcast_id": broadcast_id, "state": {"$ne": "removed"}}, page)


def list_watched(*, states: Sequence[str], page: PageRequest) -> Page[RecordingSummary]:
    return _page({"state": {"$in": list(states)}}, page)


def list_due(*, now: datetime, limit: int) -> list[Recording]:
    """Return what the sweeper has to look at, the longest waiting first."""
    return list(
        Recording.objects(due_at__lt=now).order_by("due_at").limit(limit).batch_size(limit)
    )


def list_ids_of_creator(*, creator_id: str) -> list[str]:
    rows = mongo.database()["recordings"].find(
        {"creator_id": creator_id, "state": {"$ne": "removed"}}, {"_id": 1}
    )
    return [row["_id"] for row in rows]


def list_stored_before(
    moment: datetime, *, creator_id: str = "", but: Sequence[str] = (), limit: int
) -> list[RecordingSummary]:
    """Return the oldest stored ones, of one creator or of all but some."""
    wanted: dict[str, Any] = {
        "state": {"$in": list(PLAYABLE_STATES)},
        "stored_at": {"$lt": moment},
    }
    if creator_id:
        wanted["creator_id"] = creator_id
    elif but:
        wanted["creator_id"] = {"$nin": list(but)}
    found = (
        mongo.database()["recordings"]
        .find(wanted, dict.fromkeys(RECORDING_FIELDS, 1))
        .sort("stored_at", 1)
        .limit(limit)
        .batch_size(limit)
    )
    return [_recording(row) for row in found]


def count_watched() -> Iterator[tuple[str, int, datetime | None]]:
    """Yield how many are in each state that is watched, and since when the oldest is.

    A ladder that was given up is not waited for, nor is what was purged.
    """
    for state in WATCHED_STATES:
        waiting = Recording.objects(state=state)
        if state != "failed":
            # Not `ne=None`: the embedded engine says yes to that where the field is missing.
            waiting = waiting.filter(due_at__exists=True)
        if state == "stored":
            waiting = waiting.filter(ladder="waiting")
        oldest = waiting.order_by("state_since").only("state_since").first()
        since = oldest.state_since if oldest else None
        yield state, waiting.limit(MOST_COUNTED).count(with_limit_and_skip=True), since


def count_alerted() -> int:
    """Return how many wait for a person: failed, or reported as late and still on their way."""
    late = Recording.objects(alerted__ne="", due_at__exists=True)
    is_late = [row.alerted == row.state for row in late.only("alerted", "state")]
    return int(Recording.objects(state="failed").count()) + is_late.count(True)


def _page(wanted: dict[str, Any], page: PageRequest) -> Page[RecordingSummary]:
    if page.cursor:
        wanted = wanted | {"_id": {"$lt": page.cursor}}
    found = (
        mongo.database()["recordings"]
        .find(wanted, dict.fromkeys(RECORDING_FIELDS, 1))
        .sort("_id", -1)
        .limit(page.limit + 1)
        .batch_size(page.limit + 1)
    )
    rows = [_recording(row) for row in found]
    return cut(rows, limit=page.limit, cursor_of=lambda row: row.id)


def _one_recording(wanted: dict[str, str], named: str) -> RecordingSummary:
    row = mongo.database()["recordings"].find_one(wanted, dict.fromkeys(RECORDING_FIELDS, 1))
    if row is None:
        raise RecordingNotFound(recording_id=named)
    return _recording(row)


def _recording(row: dict[str, Any]) -> RecordingSummary:
    return RecordingSummary(id=row.pop("_id"), **row)

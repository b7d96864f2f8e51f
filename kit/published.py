"""Published events, kept for a while so that they can be handed to one context again.

Each lies in the collection `published_events` under its own id, with the bytes that went out.
Ids are ULIDs: a range of time is a range of ids, and needs no other index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError
from ulid import ULID

from kit import mongo

COLLECTION: Final = "published_events"
_TAKEN: Final = 11000  # MongoDB's code for a duplicate key
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Published:
    """One event as it went out."""

    id: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which events are meant. `since` is included, `until` is not; None leaves a side open."""

    since: datetime | None = None
    until: datetime | None = None
    key: str = ""
    event_id: str = ""

    def query(self) -> dict[str, Any]:
        if self.event_id:
            return {"_id": self.event_id, **({"key": self.key} if self.key else {})}
        bounds = {
            **({"$gte": lowest_id(self.since)} if self.since else {"$gte": ""}),
            **({"$lt": lowest_id(self.until)} if self.until else {}),
        }
        return {"_id": bounds, **({"key": self.key} if self.key else {})}


def keep(events: Sequence[Published]) -> None:
    """Keep events; one that is kept already, as it went out twice, stays as it is."""
    if not events:
        return
    rows = [{"_id": one.id, "key": one.key, "body": one.body.decode()} for one in events]
    try:
        _collection().insert_many(rows, ordered=False)
    except BulkWriteError as failure:
        if any(error["code"] != _TAKEN for error in failure.details["writeErrors"]):
            raise


def count(span: Span) -> int:
    return _collection().count_documents(span.query())


def find(span: Span) -> Iterator[Published]:
    """Yield what is kept, in the order of ids, a page at a time: the broker may be slow."""
    query, after = span.query(), ""
    while True:
        page = list(_collection().find(_after(query, after)).sort("_id", 1).limit(_PAGE))
        for row in page:
            yield Published(row["_id"], row["key"], row["body"].encode())
        if len(page) < _PAGE:
            return
        after = page[-1]["_id"]


def prune(now: datetime) -> int:
    """Let go of what is older than EVENTS_KEPT_DAYS; return how many events that were."""
    oldest = lowest_id(now - timedelta(days=settings.EVENTS_KEPT_DAYS))
    return _collection().delete_many({"_id": {"$lt": oldest}}).deleted_count


def lowest_id(moment: datetime) -> str:
    """Return what sorts before every id made at or after a moment."""
    return str(ULID.from_datetime(moment))[:10]


def _after(query: dict[str, Any], after: str) -> dict[str, Any]:
    if not after:
        return query
    bounds = {name: value for name, value in query["_id"].items() if name != "$gte"}
    return {**query, "_id": {**bounds, "$gt": after}}


def _collection() -> Collection[dict[str, Any]]:
    return mongo.database()[COLLECTION]

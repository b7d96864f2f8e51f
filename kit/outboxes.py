"""Outboxes as the relay sees them: which documents wait, with what, and what was announced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mongoengine import Document
from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import ExecutionTimeout

# elemMatch, as the embedded engine does not look into arrays for a dotted path
_WAITS: Final = {"outbox": {"$elemMatch": {"id": {"$gt": ""}}}}
_HAS_NO_ID: Final = {"outbox": {"$elemMatch": {"id": {"$exists": False}}}}
# No index finds what has no id: the search gives up rather than load a large collection.
SEARCH_MS: Final = 200


def waiting(kind: type[Document], *, limit: int, besides: Sequence[str] = ()) -> list[str]:
    """Return ids of documents with something to announce, without the ones in `besides`."""
    wanted = {**_WAITS, "_id": {"$nin": list(besides)}} if besides else _WAITS
    # one round trip: the default first batch is 101 documents
    found = _collection(kind).find(wanted, {"_id": 1}).limit(limit).batch_size(limit)
    return [row["_id"] for row in found]


def without_id(kind: type[Document], *, limit: int) -> list[str]:
    """Return ids of documents that hold something `waiting` cannot see. Scans the collection."""
    found = _collection(kind).find(_HAS_NO_ID, {"_id": 1}).limit(limit).max_time_ms(SEARCH_MS)
    try:
        return [row["_id"] for row in found]
    except ExecutionTimeout:
        return []


def read(kind: type[Document], ids: Sequence[str]) -> dict[str, list[Any]]:
    """Return what waits in each of these outboxes, in the order it was written."""
    found = _collection(kind).find({"_id": {"$in": list(ids)}}, {"outbox": 1})
    rows = {row["_id"]: row.get("outbox") or [] for row in found.batch_size(len(ids) or 1)}
    return {one: rows[one] for one in ids if rows.get(one)}


def forget(kind: type[Document], announced: Mapping[str, Sequence[str]]) -> None:
    """Take announced events, as document id → event ids, out of their outboxes."""
    changes = [
        UpdateOne({"_id": document}, {"$pull": {"outbox": {"id": _one_of(events)}}})
        for document, events in announced.items()
        if events
    ]
    if changes:
        _collection(kind).bulk_write(changes, ordered=False)


def remove(kind: type[Document], document_id: str, element: object) -> None:
    """Take out one element, whatever it is. `$pull` would take every element that resembles it."""
    _collection(kind).update_one({"_id": document_id}, {"$pullAll": {"outbox": [element]}})


def _one_of(events: Sequence[str]) -> str | dict[str, list[str]]:
    return events[0] if len(events) == 1 else {"$in": list(events)}


def _collection(kind: type[Document]) -> Collection[dict[str, Any]]:
    found: Collection[dict[str, Any]] = kind._get_collection()  # noqa: SLF001 (mongoengine's name)
    return found

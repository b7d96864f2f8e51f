"""Watch buckets, read as plain counters; and where a broadcast's creator is found."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from kit import mongo

COLLECTION: Final = "watch_buckets"
_FACTS: Final = frozenset(
    {
        *("_id", "broadcast_id", "creator_id", "grain", "at", "created_at"),
        *("flush", "expires_at", "people", "unique"),
    }
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The counters of one broadcast from one moment on."""

    broadcast_id: str
    at: datetime
    counts: dict[str, int] = field(default_factory=dict)
    unique: int = 0


def list_buckets(
    *, broadcast_id: str, grain: str, since: datetime, until: datetime, limit: int
) -> list[Bucket]:
    """Return the buckets of a span (its end excluded), oldest first."""
    wanted = {"broadcast_id": broadcast_id, "grain": grain, "at": {"$gte": since, "$lt": until}}
    found = mongo.database()[COLLECTION].find(wanted, {"people": 0}).sort("at", 1)
    return [_bucket(row) for row in found.limit(limit).batch_size(limit)]


def find_whole(*, broadcast_id: str) -> Bucket | None:
    row = mongo.database()[COLLECTION].find_one({"_id": f"{broadcast_id}:all"}, {"people": 0})
    return _bucket(row) if row else None


def find_span(*, broadcast_id: str) -> tuple[datetime, datetime] | None:
    """Return the first and the last hour in which a broadcast was watched."""
    hours = mongo.database()[COLLECTION]
    wanted = {"broadcast_id": broadcast_id, "grain": "hour"}
    ends = [
        row["at"]
        for order in (1, -1)
        for row in hours.find(wanted, {"at": 1}).sort("at", order).limit(1)
    ]
    return (ends[0], ends[1]) if ends else None


def each_day(*, creator_id: str, since: datetime, until: datetime) -> Iterator[Bucket]:
    """Yield a bucket for every broadcast of a creator and every day on which it was watched."""
    wanted = {"creator_id": creator_id, "grain": "day", "at": {"$gte": since, "$lt": until}}
    shown = dict.fromkeys(("broadcast_id", "at", "views", "watch_ms", "peak"), 1)
    for row in mongo.database()[COLLECTION].find(wanted, shown):
        yield _bucket(row)


def find_sketches(*, broadcast_ids: Sequence[str]) -> dict[str, bytes]:
    ids = [f"{one}:all" for one in broadcast_ids]
    found = mongo.database()[COLLECTION].find({"_id": {"$in": ids}}, {"people": 1})
    return {
        row["_id"].partition(":")[0]: b64decode(row["people"]) for row in found if "people" in row
    }


def find_creators(*, broadcast_ids: Sequence[str]) -> dict[str, str]:
    """Return the creator of each broadcast that (still) exists."""
    wanted = {"_id": {"$in": list(broadcast_ids)}}
    found = mongo.database()["broadcasts"].find(wanted, {"creator_id": 1})
    return {row["_id"]: row["creator_id"] for row in found}


def _bucket(row: dict[str, Any]) -> Bucket:
    counts = {name: value for name, value in row.items() if name not in _FACTS}
    return Bucket(row["broadcast_id"], row["at"], counts, row.get("unique", 0))

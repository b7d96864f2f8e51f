"""Stored recordings as others walk them, and what is gone of what others keep files of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kit import mongo

_STORED: Final = ("stored", "published")


def list_stored(*, after: str, limit: int) -> list[tuple[str, str]]:
    """Return ids of stored recordings with their broadcasts', oldest first, from an id on."""
    wanted: dict[str, Any] = {"state": {"$in": list(_STORED)}}
    if after:
        wanted["_id"] = {"$gt": after}
    found = (
        mongo.database()["recordings"]
        .find(wanted, {"broadcast_id": 1})
        .sort("_id", 1)
        .limit(limit)
    )
    return [(row["_id"], row["broadcast_id"]) for row in found]


def count_stored() -> int:
    return mongo.database()["recordings"].count_documents({"state": {"$in": list(_STORED)}})


def gone_recordings(recording_ids: Sequence[str]) -> list[str]:
    """Return those of some recordings that were removed, or are not there at all."""
    return _gone("recordings", recording_ids)


def gone_broadcasts(broadcast_ids: Sequence[str]) -> list[str]:
    """Return those of some broadcasts that were removed, or are not there at all."""
    return _gone("broadcasts", broadcast_ids)


def _gone(collection: str, ids: Sequence[str]) -> list[str]:
    wanted = {"_id": {"$in": list(ids)}, "state": {"$ne": "removed"}}
    there = {row["_id"] for row in mongo.database()[collection].find(wanted, {"_id": 1})}
    return [one for one in ids if one not in there]

"""Simulcast targets, read."""

from __future__ import annotations

from typing import Any, Final

from apps.streams.contracts import TargetSummary
from apps.streams.errors import TargetNotFound
from kit import mongo

COLLECTION: Final = "stream_targets"
FIELDS: Final = ("broadcast_id", "label", "url", "state", "error", "created_at")


def list_targets(*, broadcast_id: str) -> list[TargetSummary]:
    """Return a broadcast's targets in the order they were added; there are few."""
    found = (
        mongo.database()[COLLECTION]
        .find({"broadcast_id": broadcast_id, "is_removed": False}, dict.fromkeys(FIELDS, 1))
        .sort("_id", 1)
    )
    return [_target(row) for row in found]


def get_target(*, broadcast_id: str, target_id: str) -> TargetSummary:
    row = mongo.database()[COLLECTION].find_one(
        {"_id": target_id, "broadcast_id": broadcast_id}, dict.fromkeys(FIELDS, 1)
    )
    if row is None:
        raise TargetNotFound(target_id=target_id)
    return _target(row)


def count_targets(*, broadcast_id: str) -> int:
    wanted = {"broadcast_id": broadcast_id, "is_removed": False}
    return mongo.database()[COLLECTION].count_documents(wanted)


def _target(row: dict[str, Any]) -> TargetSummary:
    return TargetSummary(id=row.pop("_id"), **row)

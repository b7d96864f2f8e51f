"""Sessions and keys as the reconciler compares them with an engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.streams.rules.broadcasts import OPEN_STATES
from kit import mongo


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A broadcast that holds an encoder's session, or held one whose end nobody noted."""

    broadcast_id: str
    session_id: str
    epoch: int
    state: str
    record: bool
    lease_until: datetime | None

    @property
    def is_over(self) -> bool:
        return self.state not in OPEN_STATES


def list_open_sessions() -> list[OpenSession]:
    """Return every broadcast with a session, those that are over included."""
    found = mongo.database()["broadcasts"].find(
        {"session_id": {"$gt": ""}},
        dict.fromkeys(("session_id", "epoch", "state", "record", "lease_until"), 1),
    )
    return [
        OpenSession(
            broadcast_id=row["_id"],
            session_id=row["session_id"],
            epoch=row["epoch"],
            state=row["state"],
            record=row.get("record", True),
            lease_until=row.get("lease_until"),
        )
        for row in found
    ]


def find_session_id(*, broadcast_id: str) -> str:
    """Return the session that holds a broadcast, empty where none does."""
    row = mongo.database()["broadcasts"].find_one({"_id": broadcast_id}, {"session_id": 1})
    return str((row or {}).get("session_id") or "")


def find_broadcasts_of(*, digests: Iterable[str]) -> dict[str, str]:
    """Map digests of keys that are valid to the broadcasts they open."""
    found = mongo.database()["ingest_keys"].find(
        {"digest": {"$in": list(digests)}}, {"digest": 1, "broadcast_id": 1, "revoked_at": 1}
    )
    return {row["digest"]: row["broadcast_id"] for row in found if not row.get("revoked_at")}

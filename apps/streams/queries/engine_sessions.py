"""Sessions and keys as the reconciler compares them with an engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.streams.rules.broadcasts import OPEN_STATES
from kit import mongo

SESSION_FIELDS: Final = (
    *("creator_id", "session_id", "key_id", "epoch", "state", "record", "lease_until"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A broadcast that holds an encoder's session, or held one whose end nobody noted."""

    broadcast_id: str
    creator_id: str
    session_id: str
    key_id: str
    epoch: int
    state: str
    record: bool
    lease_until: datetime | None

    @property
    def is_fenced(self) -> bool:
        """Whether its key was taken away while it published."""
        return not self.key_id

    @property
    def is_live(self) -> bool:
        return self.state == "live"

    @property
    def is_over(self) -> bool:
        return self.state not in OPEN_STATES


def list_open_sessions() -> list[OpenSession]:
    """Return every broadcast with a session, those that are over included."""
    return _sessions({"session_id": {"$gt": ""}})


def get_open_session(*, broadcast_id: str) -> OpenSession:
    """Return the session of a broadcast that just let one in."""
    (found,) = _sessions({"_id": broadcast_id})
    return found


def _sessions(wanted: dict[str, object]) -> list[OpenSession]:
    found = mongo.database()["broadcasts"].find(wanted, dict.fromkeys(SESSION_FIELDS, 1))
    return [
        OpenSession(
            broadcast_id=row["_id"],
            creator_id=row["creator_id"],
            session_id=row["session_id"],
            key_id=row.get("key_id") or "",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidKey:
    """What a key opens: one broadcast, or with an empty id whatever its channel broadcasts."""

    creator_id: str
    broadcast_id: str


def find_valid_keys(*, digests: Iterable[str]) -> dict[str, ValidKey]:
    """Return those keys that are there and not revoked, by their digests."""
    found = mongo.database()["ingest_keys"].find(
        {"digest": {"$in": list(digests)}},
        dict.fromkeys(("digest", "creator_id", "broadcast_id", "revoked_at"), 1),
    )
    return {
        row["digest"]: ValidKey(
            creator_id=row["creator_id"], broadcast_id=row.get("broadcast_id") or ""
        )
        for row in found
        if not row.get("revoked_at")
    }

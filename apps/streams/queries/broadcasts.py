"""Broadcasts, read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from apps.streams.contracts import BroadcastState, BroadcastSummary
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.errors import BroadcastNotFound
from apps.streams.rules.broadcasts import ON_AIR_STATES, OPEN_STATES
from kit import mongo
from kit.ids import is_id
from kit.pages import Page, PageRequest, cut

# Lists are plain projections: a hydrated document costs twenty times as much.
BROADCAST_FIELDS: Final = (
    *("creator_id", "title", "state", "visibility", "created_at"),
    *("starts_at", "live_at", "ended_at", "epoch", "record", "reconnect_window_s"),
    *("reconnect_until", "ends_by", "end_reason"),
)
BY_ID: Final = "_id_"


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


def find_broadcasts(*, broadcast_ids: Sequence[str]) -> dict[str, BroadcastSummary]:
    """Return those of some broadcasts that are there, by id."""
    found = mongo.database()["broadcasts"].find(
        {"_id": {"$in": list(set(broadcast_ids))}}, dict.fromkeys(BROADCAST_FIELDS, 1)
    )
    every = [_broadcast(row) for row in found.batch_size(len(broadcast_ids) + 1)]
    return {one.id: one for one in every}


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
    # What is over is most of what there is: walked in order of id a page is found after some rows,
    # where an index by state would have a server sort all that matched (DocumentDB does).
    by = BY_ID if "ended" in states and not creator_id else ""
    found = _broadcasts(wanted, page, by=by)
    return cut(found, limit=page.limit, cursor_of=lambda row: row.id)


def list_for_staff(*, search: str, page: PageRequest) -> Page[BroadcastSummary]:
    """Return what is or may come on air, newest first; the search is part of the title.

    A search for an id finds its broadcast in any state.
    """
    wanted: dict[str, Any] = {"state": {"$in": list(OPEN_STATES)}}
    if is_id(search):
        return Page(_broadcasts({"_id": search}, PageRequest()))
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


def get_state(*, broadcast_id: str) -> BroadcastState:
    """Return what staff see of a broadcast.

    Raises:
        BroadcastNotFound: no such broadcast.

    """
    found = get_document(broadcast_id)
    return BroadcastState(
        broadcast=get_broadcast(broadcast_id=broadcast_id),
        session_id=found.session_id,
        key_id=found.key_id,
        lease_until=found.lease_until,
        announced_at=found.announced_at,
        stop_reason=found.stop_reason,
    )


def count_open(*, now: datetime) -> dict[str, int]:
    """Return how many broadcasts are in each open state.

    `lapsed` are the live ones whose lease is over, and which the sweeper should have seen.
    """
    rows = mongo.database()["broadcasts"]
    counted = {state: rows.count_documents({"state": state}) for state in OPEN_STATES}
    lapsed = rows.count_documents({"state": "live", "lease_until": {"$lt": now}})
    return counted | {"lapsed": lapsed}


def list_live_ids() -> list[str]:
    found = mongo.database()["broadcasts"].find({"state": "live"}, {"_id": 1})
    return [row["_id"] for row in found]


def list_creators_on_air() -> list[str]:
    on_air = {"state": {"$in": list(ON_AIR_STATES)}}
    return mongo.database()["broadcasts"].distinct("creator_id", on_air)


def list_on_air_of(*, creator_ids: Collection[str]) -> list[str]:
    if not creator_ids:
        return []
    wanted = {"creator_id": {"$in": list(creator_ids)}, "state": {"$in": list(ON_AIR_STATES)}}
    return [row["_id"] for row in mongo.database()["broadcasts"].find(wanted, {"_id": 1})]


def _broadcasts(
    wanted: dict[str, Any], page: PageRequest, *, by: str = ""
) -> list[BroadcastSummary]:
    """Return a page and one row more, newest first, by an index the server shall use."""
    if page.cursor:
        wanted = wanted | {"_id": {"$lt": page.cursor}}
    found = mongo.database()["broadcasts"].find(wanted, dict.fromkeys(BROADCAST_FIELDS, 1))
    if by:
        found = found.hint(by)
    newest = found.sort("_id", -1).limit(page.limit + 1).batch_size(page.limit + 1)
    return [_broadcast(row) for row in newest]


def _broadcast(row: dict[str, Any]) -> BroadcastSummary:
    return BroadcastSummary(id=row.pop("_id"), **row)


def list_ended_of(*, broadcast_ids: Sequence[str]) -> list[str]:
    """Return those of the given broadcasts that were on air and are over."""
    if not broadcast_ids:
        return []
    over = {"_id": {"$in": list(broadcast_ids)}, "state": {"$in": ["ended", "removed"]}}
    found = mongo.database()["broadcasts"].find(over, {"live_at": 1})
    return [row["_id"] for row in found if row.get("live_at")]


def list_over_of(*, broadcast_ids: Sequence[str]) -> list[str]:
    """Return those of the given broadcasts that will take no video any more."""
    if not broadcast_ids:
        return []
    found = mongo.database()["broadcasts"].find(
        {"_id": {"$in": list(broadcast_ids)}, "state": {"$in": list(OPEN_STATES)}}, {"_id": 1}
    )
    open_ids = {row["_id"] for row in found}
    return [one for one in broadcast_ids if one not in open_ids]

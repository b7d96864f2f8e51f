"""Stream keys, read; a secret is nowhere to be found."""

from __future__ import annotations

from typing import Any, Final

from apps.streams.contracts import KeySummary
from apps.streams.documents.keys import IngestKey
from apps.streams.errors import KeyNotFound
from kit import mongo
from kit.pages import Page, PageRequest, cut

KEY_FIELDS: Final = ("creator_id", "label", "broadcast_id", "created_at", "last_used_at")


def get_channel_key(*, key_id: str, creator_id: str) -> KeySummary:
    """Return a valid key of a channel.

    Raises:
        KeyNotFound: it is another channel's, of a single broadcast, revoked, or there is none.

    """
    row = mongo.database()["ingest_keys"].find_one(
        {"_id": key_id, "creator_id": creator_id, "broadcast_id": "", "revoked_at": None},
        dict.fromkeys(KEY_FIELDS, 1),
    )
    if row is None:
        raise KeyNotFound(key_id=key_id)
    return _key(row)


def list_channel_keys(*, creator_id: str, page: PageRequest) -> Page[KeySummary]:
    return _page({"creator_id": creator_id, "broadcast_id": ""}, page)


def list_keys_for_staff(*, search: str, page: PageRequest) -> Page[KeySummary]:
    """Return valid keys, newest first; the search is a creator's or a broadcast's id."""
    if not search:
        return _page({}, page)
    by_creator = _page({"creator_id": search}, page)
    return by_creator if by_creator.items else _page({"broadcast_id": search}, page)


def count_channel_keys(*, creator_id: str) -> int:
    valid = IngestKey.objects(creator_id=creator_id, broadcast_id="", revoked_at=None)
    return int(valid.count())


def _page(wanted: dict[str, Any], page: PageRequest) -> Page[KeySummary]:
    wanted = wanted | {"revoked_at": None}
    if page.cursor:
        wanted["_id"] = {"$lt": page.cursor}
    found = (
        mongo.database()["ingest_keys"]
        .find(wanted, dict.fromkeys(KEY_FIELDS, 1))
        .sort("_id", -1)
        .limit(page.limit + 1)
        .batch_size(page.limit + 1)
    )
    return cut([_key(row) for row in found], limit=page.limit, cursor_of=lambda row: row.id)


def _key(row: dict[str, Any]) -> KeySummary:
    return KeySummary(id=row.pop("_id"), **row)

"""Reads. Hot ones are projections: an object of mongoengine costs twenty times as much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from apps.accounts.contracts import Followed
from apps.notifications.contracts import (
    FOLLOWERS,
    Channels,
    DeviceSummary,
    InboxItem,
    NoticeSummary,
    QuietHours,
    Wishes,
)
from apps.notifications.documents import (
    Chunk,
    Device,
    InboxState,
    NoticeEvent,
    Preferences,
    rows,
)
from apps.notifications.errors import NoticeNotFound
from apps.notifications.rules import audience, notices
from kit.pages import Page, PageRequest

MAX_UNREAD: Final = 100
# Bulk notices read for one page. More than a page holds, as some are older than the follow.
BULK_ROWS: Final = 200
_IDS_AT_ONCE: Final = 500
_ITEM: Final = {"type": 1, "creator_id": 1, "facts": 1, "payload": 1, "created_at": 1}


class Target(NamedTuple):
    """What sending needs of a device."""

    id: str
    provider: str
    platform: str
    kind: str
    address: str
    env: str
    env_refused: str
    lang: str
    suspected_at: datetime


def get_notice(*, notice_id: str) -> NoticeSummary:
    """Return one notice.

    Raises:
        NoticeNotFound: there is none of this id.

    """
    notice = NoticeEvent.objects(id=notice_id).first()
    if notice is None:
        raise NoticeNotFound(notice_id=notice_id)
    return _summary(notice)


def find_notice(*, key: str) -> NoticeSummary | None:
    notice = NoticeEvent.objects(key=key).first()
    return _summary(notice) if notice else None


def list_devices(*, user_id: str) -> list[DeviceSummary]:
    """Return somebody's devices, those that were revoked left out."""
    found = Device.objects(user_id=user_id, state__in=["active", "invalid"]).order_by("id")
    return [summarize(device) for device in found.limit(100)]


def find_targets(user_ids: Sequence[str]) -> list[Target]:
    """Return every active device of these people."""
    found: list[Target] = []
    wanted = {name: 1 for name in Target._fields if name != "id"}
    for some in _portions(user_ids):
        for row in rows(Device).find({"user_id": {"$in": some}, "state": "active"}, wanted):
            row["id"] = row.pop("_id")
            found.append(Target(**row))
    return found


def find_wishes(user_ids: Sequence[str]) -> dict[str, Wishes]:
    """Return the preferences of those who stated any."""
    found = {}
    for some in _portions(user_ids):
        for row in rows(Preferences).find({"_id": {"$in": some}}):
            found[row["_id"]] = _wishes(row)
    return found


def get_wishes(*, user_id: str) -> Wishes:
    return find_wishes([user_id]).get(user_id, audience.NOBODY_ASKED)


def get_preferences(*, user_id: str) -> Wishes:
    """Return somebody's preferences with every type of the registry in them."""
    stated = get_wishes(user_id=user_id)
    types = {kind.name: audience.channels(kind, stated) for kind in notices.REGISTRY.values()}
    return Wishes(types=types, quiet_hours=stated.quiet_hours)


def list_inbox(
    *, user_id: str, lang: str, page: PageRequest, followed: Sequence[Followed]
) -> Page[InboxItem]:
    """Return a page of somebody's inbox, newest first.

    Personal notices and those of followed creators (since the follow) are two queries of bounded
    size, merged. A page may be short while `next` still leads on.
    """
    types = audience.inbox_types(get_wishes(user_id=user_id))
    older = {"$lt": page.cursor} if page.cursor else {"$gt": ""}
    personal = _newest({"audience": user_id, "type": {"$in": types}, "_id": older}, page.limit + 1)
    bulk = _newest(_of_followed(followed) | {"type": {"$in": types}, "_id": older}, BULK_ROWS)
    # Past the last row of a query that was cut off, the other one's rows cannot be placed yet.
    horizon = max(_cut_at(personal, page.limit + 1), _cut_at(bulk, BULK_ROWS))
    since = {edge.creator_id: edge.since for edge in followed}
    wanted = [row for row in bulk if row["created_at"] >= since[row["creator_id"]]]
    merged = sorted(personal + wanted, key=lambda row: row["_id"], reverse=True)
    placed = [row for row in merged if row["_id"] >= horizon]
    shown = placed[: page.limit]
    read_upto = _read_upto(user_id)
    items = [_item(row, lang=lang, read_upto=read_upto) for row in shown]
    if len(placed) > page.limit:
        return Page(items, shown[-1]["_id"])
    return Page(items, horizon or None)


def count_unread(*, user_id: str, followed: Sequence[Followed]) -> int:
    """Return how many notices of an inbox are unread; MAX_UNREAD means at least so many."""
    types = audience.inbox_types(get_wishes(user_id=user_id))
    unread: dict[str, Any] = {"type": {"$in": types}, "_id": {"$gt": _read_upto(user_id)}}
    personal = len(_newest({"audience": user_id} | unread, MAX_UNREAD))
    since = {edge.creator_id: edge.since for edge in followed}
    bulk = _newest(_of_followed(followed) | unread, BULK_ROWS)
    wanted = [row for row in bulk if row["created_at"] >= since[row["creator_id"]]]
    return min(MAX_UNREAD, personal + len(wanted))


def find_lang(*, user_id: str) -> str:
    """Return the language of the device somebody used last."""
    device = Device.objects(user_id=user_id, state="active").order_by("-seen_at").first()
    return device.lang if device else notices.DEFAULT_LANG


def summarize(device: Device) -> DeviceSummary:
    return DeviceSummary(
        installation_id=device.id,
        platform=device.platform,
        provider=device.provider,
        app=device.app,
        env=device.env,
        lang=device.lang,
        tz=device.tz,
        state=device.state,
        seen_at=device.seen_at,
    )


def list_chunks(*, notice_id: str) -> list[dict[str, Any]]:
    """Return state and counters of a notice's chunks."""
    return list(rows(Chunk).find({"notice_id": notice_id}, {"state": 1, "counters": 1}))


def list_stuck_notices(*, asked_before: datetime, limit: int) -> list[NoticeEvent]:
    return list(
        NoticeEvent.objects(state__in=["planning", "sending"], asked_at__lt=asked_before)
        .order_by("asked_at")
        .limit(limit)
        .batch_size(limit)
    )


def list_stuck_chunks(*, now: datetime, queued_before: datetime, limit: int) -> list[Chunk]:
    """Return open chunks that are due, that nobody holds, and whose task is long gone."""
    return list(
        Chunk.objects(
            state="open",
            queued_at__lt=queued_before,
            lease_until__lte=now,
            not_before__lte=now,
        )
        .order_by("queued_at")
        .limit(limit)
        .batch_size(limit)
    )


def _newest(query: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    return list(
        rows(NoticeEvent).find(query, _ITEM).sort("_id", -1).limit(limit).batch_size(limit)
    )


def _cut_at(found: Sequence[Mapping[str, Any]], limit: int) -> str:
    """Return the last row's id where a limit cut a query off, else what sorts before every id."""
    return str(found[-1]["_id"]) if len(found) == limit else ""


def _of_followed(followed: Sequence[Followed]) -> dict[str, Any]:
    return {
        "audience": FOLLOWERS,
        "creator_id": {"$in": [edge.creator_id for edge in followed]},
    }


def _read_upto(user_id: str) -> str:
    state = InboxState.objects(id=user_id).first()
    return state.read_upto if state else ""


def _portions(ids: Sequence[str]) -> Iterable[list[str]]:
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), _IDS_AT_ONCE):
        yield unique[start : start + _IDS_AT_ONCE]


def _wishes(row: Mapping[str, Any]) -> Wishes:
    quiet = row.get("quiet_hours")
    return Wishes(
        types={name: Channels(**chosen) for name, chosen in row.get("types", {}).items()},
        quiet_hours=QuietHours(**quiet) if quiet else None,
    )


def _item(row: Mapping[str, Any], *, lang: str, read_upto: str) -> InboxItem:
    title, body = notices.word(row["type"], lang, row["facts"])
    return InboxItem(
        id=row["_id"],
        type=row["type"],
        creator_id=row["creator_id"],
        title=title,
        body=body,
        payload=dict(row["payload"]),
        created_at=row["created_at"],
        is_read=row["_id"] <= read_upto,
    )


def _summary(notice: NoticeEvent) -> NoticeSummary:
    return NoticeSummary(
        id=notice.id,
        key=notice.key,
        type=notice.type,
        audience=notice.audience,
        creator_id=notice.creator_id,
        state=notice.state,
        created_at=notice.created_at,
        expires_at=notice.expires_at,
        counters={**notice.counters, "opened": notice.opens},
    )

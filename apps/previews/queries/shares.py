"""Shared clips: one, those of a recording, and as staff look for them."""

from __future__ import annotations

from typing import Any, Final

from apps.previews.contracts import ShareState, ShareSummary
from apps.previews.errors import ShareNotFound
from apps.previews.queries.assets import UrlOf, assets_of
from apps.previews.queries.sets import error_of
from kit import mongo
from kit.ids import is_id
from kit.pages import Page, PageRequest, cut

_STATES: Final = {one.value for one in ShareState}
_THERE: Final = {"state": {"$ne": ShareState.REMOVED.value}}


def get_share(*, share_id: str, url_of: UrlOf) -> ShareSummary:
    """Return a share.

    Raises:
        ShareNotFound: there is none, or no more.

    """
    row = mongo.database()["shares"].find_one({"_id": share_id, **_THERE})
    if row is None:
        raise ShareNotFound(share_id=share_id)
    return _summary(row, url_of)


def list_shares(*, recording_id: str, page: PageRequest, url_of: UrlOf) -> Page[ShareSummary]:
    """Return the shares of a recording, newest first."""
    return _page({"recording_id": recording_id, **_THERE}, page, url_of)


def list_for_staff(*, search: str, page: PageRequest, url_of: UrlOf) -> Page[ShareSummary]:
    """Return shares, newest first; search by a state, a failure's code, or an id."""
    return _page(_wanted(search), page, url_of)


def _page(wanted: dict[str, Any], page: PageRequest, url_of: UrlOf) -> Page[ShareSummary]:
    if page.cursor:
        wanted = {**wanted, "_id": {"$lt": page.cursor}}
    found = mongo.database()["shares"].find(wanted).sort("_id", -1).limit(page.limit + 1)
    rows = [_summary(row, url_of) for row in found]
    return cut(rows, limit=page.limit, cursor_of=lambda row: row.id)


def _wanted(search: str) -> dict[str, Any]:
    if not search:
        return dict(_THERE)
    if search in _STATES:
        return {"state": search}
    if is_id(search):
        return {"$or": [{"recording_id": search}, {"broadcast_id": search}]}
    return {"error.code": search}


def _summary(row: dict[str, Any], url_of: UrlOf) -> ShareSummary:
    return ShareSummary(
        id=row["_id"],
        recording_id=row["recording_id"],
        broadcast_id=row["broadcast_id"],
        creator_id=row["creator_id"],
        start_s=row["start_s"],
        end_s=row["end_s"],
        template=row["style"],
        state=row["state"],
        progress=row.get("progress", 0),
        asset=next(iter(assets_of(row.get("shown", {}), url_of)), None),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        tries=row.get("tries", 0),
        cpu_s=row.get("shown", {}).get("cpu_s", 0.0),
        **error_of(row),
    )

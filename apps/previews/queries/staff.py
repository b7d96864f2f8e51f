"""Sets as staff look for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from apps.previews.contracts import Asset, Cost, ShareState, StaffPreview, State, Subject, Work
from apps.previews.errors import PreviewNotFound
from apps.previews.queries.assets import UrlOf, assets_of
from apps.previews.queries.sets import summary
from kit import mongo
from kit.ids import is_id
from kit.pages import Page, PageRequest, cut

_UNDONE: Final = (State.PENDING, State.RUNNING, State.FAILED, State.CANCELLED)
_UNDONE_SHARES: Final = (
    *(ShareState.QUEUED, ShareState.RUNNING),
    *(ShareState.FAILED, ShareState.CANCELLED),
)
_STATES: Final = {one.value for one in State}


def list_for_staff(*, search: str, page: PageRequest, url_of: UrlOf) -> Page[StaffPreview]:
    """Return sets, newest first; search by a state, a failure's code, or an id."""
    wanted = _wanted(search)
    if page.cursor:
        wanted["_id"] = {"$lt": page.cursor}
    found = (
        mongo.database()["preview_sets"]
        .find(wanted, {"outbox": 0, "garbage": 0, "draft": 0})
        .sort("_id", -1)
        .limit(page.limit + 1)
    )
    rows = [_staff(row, url_of) for row in found]
    return cut(rows, limit=page.limit, cursor_of=lambda row: row.id)


def get_for_staff(*, set_id: str, url_of: UrlOf) -> StaffPreview:
    row = mongo.database()["preview_sets"].find_one({"_id": set_id})
    if row is None:
        raise PreviewNotFound(subject="set", subject_id=set_id)
    return _staff(row, url_of)


def look_at_work() -> Work:
    """Count what is not in order by state, each by the index, and find what waits longest."""
    return Work(
        sets=_count("preview_sets", _UNDONE),
        oldest_at=_oldest_at("preview_sets", State.PENDING),
        shares=_count("shares", _UNDONE_SHARES),
        oldest_share_at=_oldest_at("shares", ShareState.QUEUED),
    )


def _count(collection: str, states: Sequence[State | ShareState]) -> dict[str, int]:
    count = mongo.database()[collection].count_documents
    return {state.value: count({"state": state.value}) for state in states}


def _oldest_at(collection: str, state: State | ShareState) -> datetime | None:
    found = mongo.database()[collection].find_one(
        {"state": state.value}, {"updated_at": 1}, sort=[("updated_at", 1)]
    )
    return found["updated_at"] if found else None


def _wanted(search: str) -> dict[str, Any]:
    if not search:
        return {}
    if search in _STATES:
        return {"state": search}
    if is_id(search):
        # One by one, as the index begins with the subject.
        by_subject = [{"subject": one.value, "subject_id": search} for one in Subject]
        return {"$or": [*by_subject, {"broadcast_id": search}]}
    return {"error.code": search}


def _staff(row: dict[str, Any], url_of: UrlOf) -> StaffPreview:
    shown = row.get("shown", {})
    assets = assets_of(shown, url_of)
    return StaffPreview(
        id=row["_id"],
        preview=summary(row, {}, url_of),
        before=assets_of(row.get("before", {}), url_of),
        created_at=row["created_at"],
        priority=row.get("priority", ""),
        attempt=row.get("tries", 0),
        cost=_cost(shown, assets),
    )


def _cost(shown: dict[str, Any], assets: tuple[Asset, ...]) -> Cost:
    return Cost(
        cpu_s=round(shown.get("cpu_s", 0.0), 2),
        peak_rss_mb=round(shown.get("peak_rss_mb", 0.0), 1),
        source_bytes=shown.get("source_bytes", 0),
        made_bytes=sum(asset.bytes for asset in assets),
        engine=shown.get("engine", 0),
    )

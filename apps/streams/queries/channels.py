"""Channels, and what they used of their time on air."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from apps.streams.contracts import ChannelRow, ChannelSettings
from apps.streams.documents.channels import NEVER, Channel
from apps.streams.rules.air import AirRules, month_of, of_channel
from kit import mongo
from kit.pages import Page, PageRequest, cut

OVERRIDES: Final = ("debounce_s", "cooldown_s", "max_duration_s", "monthly_minutes")
# A broadcast that began longer before the month than this does not reach into it.
LONGEST: Final = timedelta(days=7)


def get_settings(*, creator_id: str) -> ChannelSettings:
    """Return what a creator set, or the defaults of whoever set nothing."""
    found = _channel(creator_id)
    return ChannelSettings(
        title_template=found.title_template,
        visibility=found.visibility,
        record=found.record,
        reconnect_window_s=found.reconnect_window_s,
        debounce_s=found.debounce_s,
        cooldown_s=found.cooldown_s,
        max_duration_s=found.max_duration_s,
    )


def rules_of(*, creator_id: str, rules: AirRules) -> AirRules:
    """Return the limits in force for a channel."""
    found = _channel(creator_id)
    return of_channel(rules, {name: getattr(found, name) for name in OVERRIDES})


def used_s(*, creator_id: str, now: datetime) -> float:
    """Return the seconds a channel was on air this month, running broadcasts included."""
    begin = month_of(now)
    rows = mongo.database()["broadcasts"].find(
        {"creator_id": creator_id, "live_at": {"$gte": begin - LONGEST}},
        {"live_at": 1, "ended_at": 1},
    )
    spans = ((row.get("ended_at") or now) - max(row["live_at"], begin) for row in rows)
    return float(sum(max(span.total_seconds(), 0.0) for span in spans))


def list_for_staff(*, search: str, page: PageRequest) -> Page[ChannelRow]:
    """Return channels somebody set or announced something in; the search is a creator's id."""
    wanted: dict[str, Any] = {"_id": search} if search else {}
    if page.cursor and not search:
        wanted["_id"] = {"$lt": page.cursor}
    found = (
        mongo.database()["channels"]
        .find(wanted, {"monthly_minutes": 1, "told_at": 1})
        .sort("_id", -1)
        .limit(page.limit + 1)
        .batch_size(page.limit + 1)
    )
    rows = [
        ChannelRow(
            id=row["_id"],
            monthly_minutes=row.get("monthly_minutes"),
            told_at=row["told_at"] if row["told_at"] > NEVER else None,
        )
        for row in found
    ]
    return cut(rows, limit=page.limit, cursor_of=lambda row: row.id)


def _channel(creator_id: str) -> Channel:
    found: Channel | None = Channel.objects(id=creator_id).first()
    return found or Channel(id=creator_id)

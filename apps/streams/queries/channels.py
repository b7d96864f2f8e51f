"""Channels, and what they used of their time on air."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from apps.streams.contracts import ChannelSettings
from apps.streams.documents.channels import Channel
from apps.streams.rules.air import AirRules, month_of, of_channel
from kit import mongo

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
    return sum(max(span.total_seconds(), 0.0) for span in spans)


def _channel(creator_id: str) -> Channel:
    found: Channel | None = Channel.objects(id=creator_id).first()
    return found or Channel(id=creator_id)

"""Channels: what a creator wants of every broadcast, and what limits it."""

from __future__ import annotations

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import ChannelSummary
from apps.streams.queries import channels as found_channels
from apps.streams.services import channels

list_channels_for_staff = found_channels.list_for_staff


def get_channel(*, creator_id: str) -> ChannelSummary:
    rules = found_channels.rules_of(creator_id=creator_id, rules=wiring.air_rules())
    used_s = found_channels.used_s(creator_id=creator_id, now=timezone.now())
    return ChannelSummary(
        id=creator_id,
        settings=found_channels.get_settings(creator_id=creator_id),
        debounce_s=rules.debounce_s,
        cooldown_s=rules.cooldown_s,
        max_duration_s=rules.max_duration_s,
        monthly_minutes=rules.monthly_minutes,
        used_minutes=int(used_s // 60),
    )


def change_channel(*, creator_id: str, changes: dict[str, object]) -> ChannelSummary:
    """Set some of a channel's settings, by the names of ChannelSettings."""
    channels.change_settings(creator_id=creator_id, changes=changes)
    return get_channel(creator_id=creator_id)


def set_monthly_minutes(*, creator_id: str, minutes: int | None) -> None:
    """Give a channel its own limit, as staff do; 0 is no limit, None the operator's."""
    channels.change_settings(creator_id=creator_id, changes={"monthly_minutes": minutes})

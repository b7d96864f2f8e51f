"""What the clock does to a broadcast on air: announce it, warn of its end, end it."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.channels import Channel
from apps.streams.errors import BroadcastNotFound
from apps.streams.events import BroadcastExpiring, BroadcastLive
from apps.streams.queries.broadcasts import (
    get_broadcast,
    list_creators_on_air,
    list_on_air_of,
)
from apps.streams.queries.channels import rules_of
from apps.streams.queries.due import list_expiring, list_given_up, list_outlived, list_steady
from apps.streams.rules.air import AirRules
from apps.streams.rules.visibility import FOLLOWED_VISIBILITIES
from apps.streams.services.broadcasts import ended_event


def announce_steady(*, now: datetime, rules: AirRules, limit: int) -> int:
    """Announce what has played steadily for as long as its channel wants."""
    return sum(
        announce(found, now=now, rules=rules) for found in list_steady(now=now, limit=limit)
    )


def announce(broadcast: Broadcast, *, now: datetime, rules: AirRules) -> bool:
    """Tell the public of a broadcast; in a channel's cool-down, settle that nobody hears of it.

    What followers would not hear of anyway takes nothing from the cool-down.
    """
    is_told = True
    if broadcast.visibility in FOLLOWED_VISIBILITIES:
        own = rules_of(creator_id=broadcast.creator_id, rules=rules)
        is_told = Channel.objects.claim_announcement(
            broadcast.creator_id,
            str(broadcast.id),
            now=now,
            not_since=now - timedelta(seconds=own.cooldown_s),
        )
    live = BroadcastLive(
        at=now,
        broadcast_id=str(broadcast.id),
        creator_id=broadcast.creator_id,
        title=broadcast.title,
        visibility=broadcast.visibility,
        session_epoch=broadcast.epoch,
    )
    return bool(
        Broadcast.objects.mark_announced(
            broadcast.id, at=now, announcing=live if is_told else None
        )
    )


def warn_of_limits(*, now: datetime, limit: int) -> int:
    return sum(_warn(found, now) for found in list_expiring(now=now, limit=limit))


def end_outlived(*, now: datetime, limit: int) -> int:
    """End what is on air for longer than it may."""
    found = list_outlived(now=now, limit=limit)
    return sum(_end(str(broadcast.id), broadcast.limit, now) for broadcast in found)


def close_windows(*, now: datetime, limit: int) -> int:
    """End what did not come back within its reconnect window."""
    found = list_given_up(now=now, limit=limit)
    return sum(_end(str(broadcast.id), "window", now) for broadcast in found)


def end_suspended(*, now: datetime, rules: AirRules) -> int:
    """End what creators have on air whose account was suspended or is gone."""
    creators = list_creators_on_air()
    suspended = set(creators) - rules.find_active(creators)
    found = list_on_air_of(creator_ids=suspended)
    return sum(_end(broadcast_id, "account", now) for broadcast_id in found)


def _warn(broadcast: Broadcast, now: datetime) -> bool:
    expiring = BroadcastExpiring(
        at=now,
        broadcast_id=str(broadcast.id),
        creator_id=broadcast.creator_id,
        title=broadcast.title,
        ends_at=broadcast.ends_by.isoformat(),
        reason=broadcast.limit,
    )
    return bool(Broadcast.objects.mark_warned(broadcast.id, announcing=expiring))


def _end(broadcast_id: str, reason: str, now: datetime) -> bool:
    try:
        found = get_broadcast(broadcast_id=broadcast_id)
    except BroadcastNotFound:
        return False
    ended = ended_event(found, by="", reason=reason, note="", now=now)
    if reason == "window":
        return bool(Broadcast.objects.give_up(broadcast_id, now=now, announcing=ended))
    return bool(Broadcast.objects.end(broadcast_id, reason=reason, announcing=ended))

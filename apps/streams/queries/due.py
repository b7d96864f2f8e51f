"""What the clock has to see to: broadcasts of which a moment has passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.streams.documents.broadcasts import Broadcast
from apps.streams.rules.broadcasts import BEFORE_AIR_STATES, ON_AIR_STATES


def list_lapsed(*, now: datetime, limit: int) -> list[Broadcast]:
    """Return what says live although its lease is over."""
    return _due("lease_until", ("live",), now, limit)


def list_given_up(*, now: datetime, limit: int) -> list[Broadcast]:
    """Return what waited for its encoder until the reconnect window closed."""
    return _due("reconnect_until", ("interrupted",), now, limit)


def list_steady(*, now: datetime, limit: int) -> list[Broadcast]:
    """Return what has played long enough to be announced."""
    return _due("announce_due_at", ("live",), now, limit)


def list_expiring(*, now: datetime, limit: int) -> list[Broadcast]:
    """Return what a limit will end soon, and whose creator was not warned yet."""
    return _due("warn_at", ON_AIR_STATES, now, limit)


def list_outlived(*, now: datetime, limit: int) -> list[Broadcast]:
    """Return what is on air beyond its limit."""
    return _due("ends_by", ON_AIR_STATES, now, limit)


def list_starting(*, now: datetime, limit: int) -> list[Broadcast]:
    """Return what was scheduled for now or before."""
    return _due("starts_at", ("scheduled",), now, limit)


def list_unvisited(*, now: datetime, limit: int) -> list[Broadcast]:
    """Return what waited for its first picture for as long as it may."""
    return _due("expires_at", BEFORE_AIR_STATES, now, limit)


def _due(moment: str, states: Sequence[str], now: datetime, limit: int) -> list[Broadcast]:
    passed = {f"{moment}__lt": now}
    return list(Broadcast.objects(state__in=states, **passed).limit(limit).batch_size(limit))

"""Who may be on air, and for how long: announced, warned of its end, ended, given up."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

# An encoder that comes so long before `starts_at` goes on air with it, and not with a new one.
DUE_EARLY_S: Final = 15 * 60

# Which of some creators may be on air: those whose account is there and not suspended.
FindActive = Callable[[Collection[str]], frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AirRules:
    """The operator's limits, or a channel's where it has its own. Spans in seconds.

    `max_duration_s` and `monthly_minutes` are no limit where they are 0.
    """

    debounce_s: int = 10
    cooldown_s: int = 600
    max_duration_s: int = 12 * 3600
    monthly_minutes: int = 0
    warning_s: int = 300
    no_show_s: int = 1_800
    unused_s: int = 24 * 3600
    find_active: FindActive = frozenset


DEFAULTS: Final = AirRules()


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a broadcast is ended, when its creator is warned of it, and why."""

    ends_by: datetime
    warn_at: datetime
    reason: str  # max_duration | quota


def of_channel(rules: AirRules, overrides: dict[str, int | None]) -> AirRules:
    """Return the limits of one channel: its own where it has some, never a longer broadcast."""
    own: dict[str, Any] = {name: value for name, value in overrides.items() if value is not None}
    wanted_s = own.get("max_duration_s", 0)
    if rules.max_duration_s and (not wanted_s or wanted_s > rules.max_duration_s):
        own.pop("max_duration_s", None)
    return replace(rules, **own)


def deadline(rules: AirRules, *, now: datetime, used_s: float) -> Deadline | None:
    """Return when a broadcast that goes live now must end; None where nothing limits it."""
    ends = []
    if rules.max_duration_s:
        ends.append((now + timedelta(seconds=rules.max_duration_s), "max_duration"))
    if rules.monthly_minutes:
        left_s = max(rules.monthly_minutes * 60 - used_s, 0)
        ends.append((now + timedelta(seconds=left_s), "quota"))
    if not ends:
        return None
    ends_by, reason = min(ends)
    return Deadline(ends_by, ends_by - timedelta(seconds=rules.warning_s), reason)


def is_spent(rules: AirRules, *, used_s: float) -> bool:
    return bool(rules.monthly_minutes) and used_s >= rules.monthly_minutes * 60


def month_of(now: datetime) -> datetime:
    """Return the first moment of a moment's month, in UTC."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def expires_at(rules: AirRules, *, starts_at: datetime | None, now: datetime) -> datetime:
    """Return until when a broadcast waits for its first picture."""
    if starts_at is None:
        return now + timedelta(seconds=rules.unused_s)
    return starts_at + timedelta(seconds=rules.no_show_s)

"""Who wants a push now: the bell, the preferences, the quiet hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.notifications.contracts import Channels, QuietHours, Wishes
from apps.notifications.errors import EmptyQuietHours, UnknownTimeZone
from apps.notifications.rules.notices import REGISTRY, NoticeType, find_type

NOBODY_ASKED = Wishes()


def channels(kind: NoticeType, wishes: Wishes) -> Channels:
    return wishes.types.get(kind.name, kind.default)


def inbox_types(wishes: Wishes) -> list[str]:
    """Return the types whose notices somebody's inbox shows."""
    return [kind.name for kind in REGISTRY.values() if channels(kind, wishes).inapp]


def wants_push(kind: NoticeType, *, bell: str, wishes: Wishes, now: datetime) -> bool:
    """Tell whether a follower is pushed a bulk notice.

    In quiet hours it is not sent later either: by morning the show is over.
    """
    if bell == "none" or (bell == "highlights" and kind.loudest_bell_only):
        return False
    return channels(kind, wishes).push and not is_quiet(wishes.quiet_hours, now)


def is_quiet(hours: QuietHours | None, now: datetime) -> bool:
    return hours is not None and quiet_until(hours, now) is not None


def quiet_until(hours: QuietHours, now: datetime) -> datetime | None:
    """Return when the quiet ends, or None where it is not quiet now."""
    local = now.astimezone(ZoneInfo(hours.tz))
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    clock = local.time()
    crosses = end < start
    if not (start <= clock < end or (crosses and (clock >= start or clock < end))):
        return None
    day = local.date() + timedelta(days=1 if crosses and clock >= start else 0)
    return datetime.combine(day, end, tzinfo=local.tzinfo).astimezone(now.tzinfo)


def check(wishes: Wishes) -> None:
    """Refuse preferences that nobody could follow.

    Raises:
        UnknownNoticeType: a type the registry does not know.
        UnknownTimeZone: no zone of the IANA database.
        EmptyQuietHours: they start when they end.

    """
    for name in wishes.types:
        find_type(name)
    if wishes.quiet_hours is None:
        return
    try:
        ZoneInfo(wishes.quiet_hours.tz)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone(tz=wishes.quiet_hours.tz) from None
    if wishes.quiet_hours.start == wishes.quiet_hours.end:
        raise EmptyQuietHours

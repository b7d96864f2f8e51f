"""How broadcasts were watched, made of buckets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from apps.streams.contracts import (
    Analytics,
    CreatorAnalytics,
    CreatorDay,
    PlayerErrors,
    Quality,
    RetentionPoint,
    WatchPoint,
    WatchSpan,
)
from apps.streams.errors import BadSpan
from apps.streams.queries import analytics as buckets
from apps.streams.queries.analytics import Bucket
from apps.streams.rules.histograms import percentile
from apps.streams.rules.retention_curve import curve
from apps.streams.rules.watching import (
    GRAINS,
    MAX_DAYS,
    MAX_POINTS,
    add,
    by_code,
    floor_to,
    histogram,
    resolution_for,
)

_LAST_DAYS = timedelta(days=27)


def get_analytics(
    *, broadcast_id: str, wanted: WatchSpan, viewers: int, now: datetime
) -> Analytics:
    """Return how a broadcast was watched; zeros where nobody did.

    Raises:
        BadSpan: it ends before it begins, or has more steps than MAX_POINTS.

    """
    found = _span(broadcast_id, wanted)
    whole = buckets.find_whole(broadcast_id=broadcast_id)
    lasted = histogram(whole.counts, "lasted") if whole else {}
    views = whole.counts.get("views", 0) if whole else 0
    since, until = found or (None, None)
    step = wanted.resolution or (resolution_for(*found, now) if found else "minute")
    rows = _rows(broadcast_id, step, found)
    sums: dict[str, int] = {}
    for row in rows:
        add(sums, row.counts)
    return Analytics(
        broadcast_id=broadcast_id,
        resolution=step,
        since=since,
        until=until,
        viewers=viewers,
        peak_viewers=max(sums.get("peak", 0), viewers if found is None else 0),
        unique_viewers=whole.unique if whole else 0,
        views=sums.get("views", 0),
        watch_time_s=sums.get("watch_ms", 0) // 1000,
        average_view_s=_ratio(whole.counts.get("watch_ms", 0) / 1000 if whole else 0, views),
        view_p50_s=round(percentile(lasted, 0.5)),
        view_p90_s=round(percentile(lasted, 0.9)),
        series=_series(rows, step, found),
        retention=_retention(whole),
        quality=_quality(sums),
    )


def get_creator_analytics(
    *, creator_id: str, since: date | None, until: date | None, today: date
) -> CreatorAnalytics:
    """Return each day of a creator from `since` to `until`, both included (UTC).

    Raises:
        BadSpan: it ends before it begins, or is longer than MAX_DAYS.

    """
    last = until or today
    first = since or last - _LAST_DAYS
    if first > last:
        raise BadSpan(why="it ends before it begins")
    if (last - first).days >= MAX_DAYS:
        raise BadSpan(why=f"{MAX_DAYS} days are the most")
    days: dict[date, list[Bucket]] = {
        first + timedelta(days=nth): [] for nth in range((last - first).days + 1)
    }
    end = _midnight(last) + GRAINS["day"]
    for row in buckets.each_day(creator_id=creator_id, since=_midnight(first), until=end):
        days[row.at.date()].append(row)
    shown = [_day(day, rows) for day, rows in days.items()]
    return CreatorAnalytics(
        since=first,
        until=last,
        broadcasts=len({row.broadcast_id for rows in days.values() for row in rows}),
        views=sum(day.views for day in shown),
        watch_time_s=sum(day.watch_time_s for day in shown),
        peak_viewers=max(day.peak_viewers for day in shown),
        days=shown,
    )


def _span(broadcast_id: str, wanted: WatchSpan) -> tuple[datetime, datetime] | None:
    """Return the span to show, its end excluded; None where nothing is asked and nothing is."""
    since, until = wanted.since, wanted.until
    if since is None or until is None:
        watched = buckets.find_span(broadcast_id=broadcast_id)
        if watched is None and since is None and until is None:
            return None
        first, last = watched or (since or until, since or until)
        since, until = since or first, until or (last and last + GRAINS["hour"])
    if since is None or until is None or since > until:
        raise BadSpan(why="it ends before it begins")
    if (until - since) / GRAINS[wanted.resolution or "day"] > MAX_POINTS:
        raise BadSpan(why=f"{MAX_POINTS} steps are the most; ask for longer ones")
    return since, until


def _rows(
    broadcast_id: str, step: str, span: tuple[datetime, datetime] | None
) -> Sequence[Bucket]:
    if span is None:
        return []
    return buckets.list_buckets(
        broadcast_id=broadcast_id,
        grain=step,
        since=floor_to(span[0], step),
        until=span[1],
        limit=MAX_POINTS + 1,
    )


def _series(
    rows: Iterable[Bucket], step: str, span: tuple[datetime, datetime] | None
) -> list[WatchPoint]:
    """Return a point for every step from the first to the last that was watched."""
    known = {row.at: row.counts for row in rows}
    if span is None or not known:
        return []
    points, at = [], min(known)
    while at <= max(known):
        points.append(_point(at, known.get(at, {}), step))
        at += GRAINS[step]
    return points


def _point(at: datetime, counts: Mapping[str, int], step: str) -> WatchPoint:
    watched_s = counts.get("watch_ms", 0) / 1000
    return WatchPoint(
        at=at,
        peak_viewers=counts.get("peak", 0),
        average_viewers=round(watched_s / GRAINS[step].total_seconds(), 2),
        views=counts.get("views", 0),
        watch_time_s=int(watched_s),
    )


def _retention(whole: Bucket | None) -> list[RetentionPoint]:
    if whole is None:
        return []
    points = curve(histogram(whole.counts, "curve"), views=whole.counts.get("views", 0))
    return [RetentionPoint(at_s=at_s, share=share) for at_s, share in points]


def _quality(sums: Mapping[str, int]) -> Quality:
    startups = histogram(sums, "startups")
    watched, waited = sums.get("watch_ms", 0), sums.get("rebuffer_ms", 0)
    views = sums.get("views", 0)
    errors = sorted(by_code(sums, "errors").items(), key=lambda row: (-row[1], row[0]))
    return Quality(
        startup_p50_ms=round(percentile(startups, 0.5)),
        startup_p95_ms=round(percentile(startups, 0.95)),
        rebuffer_ratio=_ratio(waited, waited + watched),
        rebuffers_per_hour=_ratio(sums.get("rebuffers", 0) * 3_600_000, watched),
        average_bitrate_bps=round(_ratio(sums.get("bits", 0) * 1000, sums.get("rated_ms", 0))),
        errors=[
            PlayerErrors(code=code, count=count, rate=_ratio(count, views))
            for code, count in errors
        ],
    )


def _day(day: date, rows: Sequence[Bucket]) -> CreatorDay:
    return CreatorDay(
        day=day,
        broadcasts=len(rows),
        views=sum(row.counts.get("views", 0) for row in rows),
        watch_time_s=sum(row.counts.get("watch_ms", 0) for row in rows) // 1000,
        peak_viewers=max((row.counts.get("peak", 0) for row in rows), default=0),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _ratio(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole > 0 else 0.0

"""Which buckets a minute's counters belong to, and which of them a span is shown in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

GRAINS: Final = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
MINUTES_KEPT: Final = timedelta(days=14)
MAX_POINTS: Final = 1_500
MAX_DAYS: Final = 92
# Counters that are the highest of their parts; all others are sums.
PEAKS: Final = frozenset({"peak"})
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def floor_to(moment: datetime, grain: str) -> datetime:
    return moment - (moment - EPOCH) % GRAINS[grain]


def grains_of(minute: int) -> Iterator[tuple[str, datetime]]:
    """Yield each bucket (grain, beginning) that a minute since 1970 is part of."""
    moment = EPOCH + timedelta(minutes=minute)
    for grain in GRAINS:
        yield grain, floor_to(moment, grain)


def add(into: dict[str, int], counts: Mapping[str, int]) -> None:
    for name, amount in counts.items():
        before = into.get(name, 0)
        into[name] = max(before, amount) if name in PEAKS else before + amount


def histogram(counts: Mapping[str, int], name: str) -> dict[int, int]:
    """Return a histogram of the counters `name:bucket`."""
    return {int(bucket): count for bucket, count in _named(counts, name)}


def by_code(counts: Mapping[str, int], name: str) -> dict[str, int]:
    return dict(_named(counts, name))


def resolution_for(since: datetime, until: datetime, now: datetime) -> str:
    """Return the finest grain that is still kept and needs no more than MAX_POINTS."""
    for grain, step in GRAINS.items():
        is_kept = grain != "minute" or since >= now - MINUTES_KEPT
        if is_kept and (until - since) / step <= MAX_POINTS:
            return grain
    return "day"


def _named(counts: Mapping[str, int], name: str) -> Iterator[tuple[str, int]]:
    for field, count in counts.items():
        kind, _, bucket = field.partition(":")
        if kind == name and bucket:
            yield bucket, count

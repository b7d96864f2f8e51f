"""The broadcasts of `broadcasts.list_growth`: `bench.on_django bench.catalogue SIZE`."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from ulid import ULID

from apps.streams import public as streams
from bench.processes import obey
from kit import mongo
from kit.documents import sync_indexes
from kit.ids import new_id
from kit.pages import PageRequest

BATCH: Final = 500
PAGES: Final = 60
NOON: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
# A catalogue grows by what is over. What is on air or about to be is as much as before.
OVER: Final = {"ended": 97, "cancelled": 3}
NOW: Final = {"live": 30, "interrupted": 5, "scheduled": 50, "ready": 15}
NEWEST: Final = 200
VISIBILITIES: Final = {"public": 80, "followers": 10, "private": 5, "unlisted": 5}


def fill(size: int) -> int:
    """Make the collection anew, of rows that are the same in every run."""
    rows = mongo.database()["broadcasts"]
    rows.drop()
    sync_indexes()
    for first in range(0, size, BATCH):
        rows.insert_many(list(_rows(first, min(first + BATCH, size), size)), ordered=False)
    return size


def page() -> float:
    """Return the median of PAGES pages in milliseconds, each as a stranger asks for it."""
    stranger, spans = new_id(), []
    cursors = [None, *_middle()]
    for nth in range(PAGES):
        wanted = PageRequest(cursor=cursors[nth % len(cursors)])
        status = ("", "live", "ended")[nth % 3]
        began = time.perf_counter()
        streams.list_broadcasts(status=status, creator_id="", viewer_id=stranger, page=wanted)
        spans.append(time.perf_counter() - began)
    return statistics.median(spans) * 1000


def _rows(first: int, last: int, size: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(first)  # noqa: S311 (the same in every run)
    for nth in range(first, last):
        at = NOON - timedelta(days=400) + timedelta(seconds=nth * 60)
        yield {
            "_id": str(ULID.from_datetime(at)),
            "created_at": at,
            "creator_id": f"01CREATOR{nth % 500:017d}",
            "title": f"Broadcast {nth}",
            "state": _one_of(chance, NOW if nth >= size - NEWEST else OVER),
            "visibility": _one_of(chance, VISIBILITIES),
            "record": True,
            "reconnect_window_s": 60,
            "epoch": 1,
            "outbox": [],
        }


def _one_of(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def _middle() -> list[str]:
    """Return a cursor amid the ids there are."""
    newest = mongo.database()["broadcasts"].find({}, {"_id": 1}).sort("_id", -1).limit(1)
    oldest = mongo.database()["broadcasts"].find({}, {"_id": 1}).sort("_id", 1).limit(1)
    ends = [ULID.from_str(row["_id"]).timestamp for found in (oldest, newest) for row in found]
    return [str(ULID.from_timestamp(statistics.mean(ends)))]


def main(size: str) -> None:
    obey({"fill": partial(fill, int(size)), "page": page})

"""What was counted in Redis, carried to the buckets: never lost, never twice.

A harvest is put aside in the store under a number that only grows, written to each bucket that
does not know that number yet, and forgotten. Whoever dies in between leaves it to the next.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from apps.streams.ports import Harvest, Harvests, People
from apps.streams.queries.analytics import COLLECTION, find_creators, find_sketches
from apps.streams.rules.watching import EPOCH, MINUTES_KEPT, PEAKS, add, grains_of
from kit import mongo

BATCH: Final = 50
_TAKEN: Final = 11000  # MongoDB's code for a duplicate key


def roll_up(*, harvests: Harvests) -> int:
    """Carry one batch of harvests; return how many broadcasts that were.

    Raises:
        AudienceAway: the store does not answer; what was put aside stays there.

    """
    taken = harvests.take(limit=BATCH)
    ids = [one.broadcast_id for one in taken]
    creators = find_creators(broadcast_ids=ids) if ids else {}
    people = _people(taken, harvests)
    writes = [
        write
        for one in taken
        if one.broadcast_id in creators  # of a broadcast that is gone nobody asks
        for write in _writes(one, creators[one.broadcast_id], people.get(one.broadcast_id))
    ]
    _write(writes)
    harvests.settle(taken)
    return len(taken)


def _people(taken: Sequence[Harvest], harvests: Harvests) -> dict[str, People]:
    """Return who watched at all, of those broadcasts that somebody new watches."""
    changed = [one.broadcast_id for one in taken if one.whole.get("people")]
    known = find_sketches(broadcast_ids=changed) if changed else {}
    return {one: harvests.unite(one, known.get(one, b"")) for one in changed}


def _writes(harvest: Harvest, creator_id: str, people: People | None) -> Iterator[UpdateOne]:
    buckets: dict[tuple[str, datetime], dict[str, int]] = {}
    whole = {name: amount for name, amount in harvest.whole.items() if name != "people"}
    for minute, counts in sorted(harvest.minutes.items()):
        add(whole, counts)
        for bucket in grains_of(minute):
            add(buckets.setdefault(bucket, {}), counts)
    facts = {"broadcast_id": harvest.broadcast_id, "creator_id": creator_id}
    for (grain, at), counts in buckets.items():
        key = f"{harvest.broadcast_id}:{grain}:{int(at.timestamp())}"
        expiry = {"expires_at": at + MINUTES_KEPT} if grain == "minute" else {}
        yield _update(key, harvest.number, counts, {**facts, "grain": grain, "at": at, **expiry})
    seen = {"unique": people.count, "people": b64encode(people.sketch).decode()} if people else {}
    key = f"{harvest.broadcast_id}:all"
    yield _update(key, harvest.number, whole, {**facts, "grain": "all", "at": EPOCH, **seen})


def _update(
    key: str, number: int, counts: Mapping[str, int], facts: Mapping[str, object]
) -> UpdateOne:
    """Return a write that a bucket takes once: it moves its number on, or was there before.

    An upsert whose condition fails tries to insert, and the id is taken: that is the refusal.
    """
    sums = {name: amount for name, amount in counts.items() if name not in PEAKS}
    peaks = {name: amount for name, amount in counts.items() if name in PEAKS}
    change: dict[str, Any] = {"$set": {**facts, "created_at": facts["at"], "flush": number}}
    if sums:
        change["$inc"] = sums
    if peaks:
        change["$max"] = peaks
    return UpdateOne({"_id": key, "flush": {"$lt": number}}, change, upsert=True)


def _write(writes: list[UpdateOne]) -> None:
    if not writes:
        return
    try:
        mongo.database()[COLLECTION].bulk_write(writes, ordered=False)
    except BulkWriteError as failure:
        if any(error["code"] != _TAKEN for error in failure.details["writeErrors"]):
            raise

"""The pool of live streams of a provider that limits how many are made.

Documents say who has which; the provider is only talked to by `tend`, in the background.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from apps.streams.contracts import LentIngest
from apps.streams.documents.keys import IngestKey
from apps.streams.documents.pool import PooledStream, PooledStreamQuerySet
from apps.streams.errors import (
    EngineDown,
    EngineRefused,
    NoIngestFree,
    PoolLimitReached,
    TooManyIngests,
)
from apps.streams.ports import PooledIngest, StreamPool
from apps.streams.queries.broadcasts import list_over_of
from apps.streams.rules.keys import key_digest
from kit.secrets import Safe

log = structlog.get_logger()

# What Wowza Video makes of an account at most; the documents of the pool are its ledger.
MAX_CREATES: Final = 10
STATES: Final = ("making", "free", "lent", "resetting")
# So many broadcasts of one creator may wait or be on air: a loan lasts as long as the broadcast
# is open, a scheduled one for up to a year, and costs money.
MOST_EACH: Final = 2
CREATES_WITHIN: Final = timedelta(hours=3)


def most_each(size: int) -> int:
    """Return how many one creator may hold: never the whole pool, where it has two or more."""
    return max(1, min(MOST_EACH, size - 1))


def need_free(*, creator_id: str, most: int) -> None:
    """Refuse a broadcast nobody could publish to, before it is made.

    Raises:
        TooManyIngests: the creator has as many as one may.
        NoIngestFree: all are lent, or what the creator gave back is still made anew.

    """
    held = PooledStream.objects.held_by(creator_id)
    _take_back(held)
    if held.filter(state="lent").count() >= most:
        raise TooManyIngests(limit=most)
    # One more than may be lent, so that the login of one of them can be changed; not any number,
    # or who asks for new logins all day has the pool made anew all day.
    if held.count() > most or PooledStream.objects(state="free").first() is None:
        raise NoIngestFree


def lend(
    *, broadcast_id: str, creator_id: str, pepper: str, safe: Safe, now: datetime, most: int
) -> LentIngest:
    """Give a broadcast an ingest of its own; the one it had before goes back.

    Raises:
        TooManyIngests: the creator has as many as one may.
        NoIngestFree: all are lent, or what the creator gave back is still made anew.

    """
    PooledStream.objects.give_back(broadcast_id)
    need_free(creator_id=creator_id, most=most)
    found = PooledStream.objects.lend(broadcast_id, creator_id=creator_id, now=now)
    if found is None:
        raise NoIngestFree
    # Counted again after the write: who asked for many at once was under the limit each time.
    if PooledStream.objects.held_by(creator_id).filter(state="lent").count() > most:
        PooledStream.objects.give_back(broadcast_id)
        raise TooManyIngests(limit=most)
    key = safe.open(found.sealed_key)
    digest = key_digest(key, pepper=pepper)
    # Its name never changes, so the key of the loan before may still lie there, revoked or not.
    IngestKey.objects(digest=digest).delete()
    IngestKey(broadcast_id=broadcast_id, creator_id=creator_id, label="", digest=digest).save(
        force_insert=True
    )
    return LentIngest(url=found.url, key=key)


def give_back(*, broadcast_id: str) -> None:
    """Take the ingest of a broadcast that is over back. Safe to repeat."""
    PooledStream.objects.give_back(broadcast_id)


def tend(*, pool: StreamPool, size: int, safe: Safe, now: datetime) -> None:
    """Bring every stream of the pool a step further, and make what is missing. Safe to repeat."""
    _take_back(PooledStream.objects)
    for stream in PooledStream.objects(state__in=("making", "resetting", "lent")):
        try:
            _step(stream, pool, safe)
        except PoolLimitReached as limit:
            log.warning("pool is not filled yet", why=str(limit))
        except (EngineDown, EngineRefused) as failed:
            log.warning("pooled stream waits", stream=str(stream.id), why=str(failed))
    # By states: a count without a filter is an estimate, which some engines tell late.
    if PooledStream.objects(state__in=STATES).count() < size and _may_create(now):
        # Counted before the provider is asked: a try that is lost counts there as well.
        made = PooledStream(created_at=now).save(force_insert=True)
        log.info("pooled stream is made", stream=str(made.id))


def _take_back(among: PooledStreamQuerySet) -> None:
    lent = [str(row.broadcast_id) for row in among.filter(state="lent")]
    for broadcast_id in list_over_of(broadcast_ids=lent):
        PooledStream.objects.give_back(broadcast_id)


def _step(stream: PooledStream, pool: StreamPool, safe: Safe) -> None:
    stream_id = str(stream.id)
    if stream.state == "making":
        _settle(stream, pool.create(stream_id), safe)
    elif stream.state == "resetting":
        renewed = pool.renew(stream.provider_id)
        if renewed is not None:
            _settle(stream, renewed, safe)
    else:
        is_prepared = pool.prepare(stream.provider_id)
        if is_prepared != stream.is_prepared:
            PooledStream.objects.note_prepared(stream_id, is_prepared=is_prepared)


def _settle(stream: PooledStream, made: PooledIngest, safe: Safe) -> None:
    values: dict[str, object] = {
        "provider_id": made.id,
        "url": made.url,
        "sealed_key": safe.seal(made.key),
    }
    PooledStream.objects.settle(str(stream.id), was=stream.state, values=values)


def _may_create(now: datetime) -> bool:
    made = PooledStream.objects(created_at__gt=now - CREATES_WITHIN).count()
    return bool(made < MAX_CREATES)

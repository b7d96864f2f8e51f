"""One process: outboxes in, topic exchange out. `manage.py relay`, as many as there is work for.

At least once: an event is taken out of its outbox only after the broker confirmed it, so a crash
between the two publishes it again, and consumers absorb that.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Sequence
from typing import Final

import structlog
from kombu import Connection
from mongoengine import Document
from pymongo.errors import PyMongoError

from kit import broker, outboxes, published, wakeups
from kit.documents import Announcing, every_document, utc_now
from kit.ids import new_id
from kit.leases import Leases
from kit.liveness import show_life
from workers import publishers, topology
from workers.publishers import Publisher
from workers.rounds import Round
from workers.stopping import Due, Stopping

log = structlog.get_logger()

BATCH: Final = 200  # documents a round
POLL_S: Final = 1.0  # what a lost wake-up costs
# Longer than a round takes, shorter than anybody waits: what a dead relay held goes on after it.
LEASE_S: Final = 15.0
# How long a document is left alone after the broker did not take its event.
REST_S: Final = (2.0, 6.0)
# So many documents at rest are passed over; with more the relay is not what is broken.
MOST_RESTING: Final = 2_000
TIDY_S: Final = 3600.0


class Relay:
    """Empties outboxes onto one connection, beside any number of others that do the same."""

    def __init__(
        self,
        publisher: Publisher,
        leases: Leases | None = None,
        *,
        rest_s: tuple[float, float] = REST_S,
        batch: int = BATCH,
    ) -> None:
        self._publisher = publisher
        self._leases = leases or Leases(new_id(), lasts_s=LEASE_S)
        self._rest_s = rest_s
        self._batch = batch
        self._resting: dict[str, float] = {}  # document id → until when (monotonic)

    @property
    def resting(self) -> int:
        """How many documents are left alone for now, as the broker did not take their event."""
        return len(self._resting)

    def once(self, names: Collection[str] | None = None) -> int:
        """Publish one round of each collection (None: of all); return how many events went out.

        Raises:
            broker.AWAY, PyMongoError: what went out before is out, and forgotten where possible.

        """
        kinds = [kind for kind in every_document(Announcing) if _is_among(kind, names)]
        return sum(self._round(kind, self.claim(kind, outboxes.waiting)) for kind in kinds)

    def set_aside(self) -> None:
        """Look for what has no id, which `once` cannot see, and publish it as dead letters."""
        for kind in every_document(Announcing):
            self._round(kind, self.claim(kind, _without_id))

    def claim(self, kind: type[Document], find: Callable[..., list[str]]) -> list[str]:
        """Return documents that wait, and that no other relay has; up to a batch."""
        name = collection_of(kind)
        passed_over = self._at_rest()
        while len(passed_over) <= MOST_RESTING:
            found = find(kind, limit=self._batch, besides=passed_over)
            ours = self._leases.take(name, found)
            if ours or len(found) < self._batch:
                return ours
            passed_over += found  # all with other relays: look behind them
        return []

    def settle(
        self, kind: type[Document], claimed: Sequence[str], round_: Round, stuck: Sequence[str]
    ) -> None:
        """Forget what was announced; let others have the documents, except what must rest."""
        until = time.monotonic() + random.uniform(*self._rest_s)  # noqa: S311 (spreads load)
        self._resting.update(dict.fromkeys(stuck, until))
        try:
            round_.settle()
        finally:
            keep = set(stuck)
            self._leases.release(collection_of(kind), [one for one in claimed if one not in keep])

    def _round(self, kind: type[Document], claimed: Sequence[str]) -> int:
        if not claimed:
            return 0
        # read only now: what was read before the lease may have been announced since
        round_ = Round(kind, outboxes.read(kind, claimed))
        stuck: list[str] = []
        try:
            while round_.wave(self._publisher):
                pass
            stuck = round_.stuck
        finally:
            # also when the broker went away halfway: what it confirmed must not go out twice
            self.settle(kind, claimed, round_, stuck)
        return round_.announced

    def _at_rest(self) -> list[str]:
        now = time.monotonic()
        self._resting = {one: until for one, until in self._resting.items() if until > now}
        return list(self._resting)


def collection_of(kind: type[Document]) -> str:
    return str(kind._get_collection_name())  # noqa: SLF001 (mongoengine's name for it)


def _is_among(kind: type[Document], names: Collection[str] | None) -> bool:
    return names is None or collection_of(kind) in names


def _without_id(kind: type[Document], *, limit: int, besides: Sequence[str]) -> list[str]:
    resting = set(besides)
    return [one for one in outboxes.without_id(kind, limit=limit) if one not in resting]


def run(stopping: Stopping) -> None:
    """Relay until asked to stop; a store that is away is waited for, and nothing is lost."""
    pauses = stopping.pauses()
    leases = Leases(new_id(), lasts_s=LEASE_S)
    while not stopping:
        try:
            with broker.connection(confirm_each=False) as connection:
                connection.ensure_connection(max_retries=1, timeout=broker.CONNECT_S)
                topology.declare(connection)
                log.info("relay ready")
                pauses = stopping.pauses()
                _relay_on(connection, Relay(publishers.on(connection), leases), stopping)
        except (*broker.AWAY, PyMongoError) as away:
            log.warning("relay waits", error=str(away)[:200])
            stopping.wait(next(pauses))


def _relay_on(connection: Connection, relay: Relay, stopping: Stopping) -> None:
    names: Collection[str] | None = None
    polls, tidies = Due(POLL_S), Due(TIDY_S)
    while not stopping:
        show_life("relay")
        if relay.once(names) > 0:
            continue
        broker.keep_alive(connection)
        if relay.resting:
            topology.declare(connection)  # a queue that somebody deleted is why events came back
        if tidies.is_over():
            _tidy(relay)
        names = _await_work(stopping, polls)


def _await_work(stopping: Stopping, polls: Due) -> set[str] | None:
    """Return the collections that were written to, or None when all are to be looked at."""
    if polls.is_over():
        return None
    woken = wakeups.wait(up_to_s=polls.left_s)
    if woken is None:
        stopping.wait(polls.left_s)
    if not woken:
        polls.begin()
    return woken or None


def _tidy(relay: Relay) -> None:
    relay.set_aside()
    if gone := published.prune(utc_now()):
        log.info("published events let go", events=gone)

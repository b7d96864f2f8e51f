"""One round of a relay: some documents of one kind, their events, and what became of them.

Order of one document rests on one rule, whatever other relays do: an event is published only after
the broker confirmed all that stood before it. So a round goes in waves, of one event a document,
and a document whose event was not confirmed ends there.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from mongoengine import Document

from kit import broker, envelopes, outboxes, published, subscriptions
from kit.ids import new_id
from kit.letters import Why
from kit.published import Published
from workers import topology
from workers.publishers import Outgoing, Publisher

log = structlog.get_logger()

# More of one document wait for the next round, so that the others get their turn.
EVENTS_EACH: Final = 50


class Round:
    """Publishes what was read from outboxes, wave by wave, and then forgets it."""

    def __init__(self, kind: type[Document], found: Mapping[str, Sequence[Any]]) -> None:
        self._kind = kind
        self._left = {document: deque(row[:EVENTS_EACH]) for document, row in found.items()}
        self._going = {document for document, left in self._left.items() if left}
        self._wanted = set[str]().union(*subscriptions.contexts().values())
        self._announced: dict[str, list[str]] = {}
        self._published: list[Published] = []
        self._unfit: list[tuple[str, Any]] = []

    @property
    def announced(self) -> int:
        """How many events the broker confirmed."""
        return len(self._published)

    @property
    def stuck(self) -> list[str]:
        """Documents with an event the broker did not take; what stands behind it was not sent."""
        return [one for one, left in self._left.items() if left and one not in self._going]

    def wave(self, publisher: Publisher) -> bool:
        """Publish the next event of each document; say whether there is another wave.

        Raises:
            broker.AWAY: as `Publisher.publish`; what was confirmed is known all the same.

        """
        wave = [
            (document, self._next(document)) for document in self._left if document in self._going
        ]
        owners = {id(one): document for document, one in wave}
        self._going.clear()
        publisher.publish([one for _, one in wave], lambda one: self._took(owners[id(one)], one))
        return bool(self._going)

    def settle(self) -> None:
        """Keep what was published, then take it out of the outboxes.

        In this order: a crash in between publishes again, and loses nothing.
        """
        published.keep(self._published)
        outboxes.forget(self._kind, self._announced)
        for document, element in self._unfit:
            outboxes.remove(self._kind, document, element)

    def _took(self, document: str, one: Outgoing) -> None:
        element = self._left[document].popleft()
        if one.exchange == broker.DEAD_EXCHANGE:
            self._unfit.append((document, element))
            log.error("event set aside", document=document, id=one.id, kind=self._kind.__name__)
        else:
            self._announced.setdefault(document, []).append(one.id)
            self._published.append(Published(one.id, one.routing_key, one.body))
        if self._left[document]:
            self._going.add(document)

    def _next(self, document: str) -> Outgoing:
        element = self._left[document][0]
        try:
            body = envelopes.encode(element)
        except envelopes.Unfit as unfit:
            return _letter(element, unfit)
        return Outgoing(
            id=element["id"],
            exchange=topology.EVENTS.name,
            routing_key=element["key"],
            body=body,
            # what nobody listens to has no queue, and that is no mistake
            mandatory=element["key"] in self._wanted,
        )


def _letter(element: object, unfit: envelopes.Unfit) -> Outgoing:
    """Return the dead letter of what can never be published, readable whatever it holds."""
    return Outgoing(
        id=new_id(),
        exchange=broker.DEAD_EXCHANGE,
        routing_key=broker.RELAY,
        body=json.dumps(element, default=repr, skipkeys=True).encode(),
        headers=Why.from_failure(unfit, code=unfit.code).headers(),
    )

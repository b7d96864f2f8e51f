"""Published events, handed to one context once more; the others hear nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Final

from kit import broker, published, subscriptions
from kit.ids import new_id
from kit.published import Published, Span
from workers import publishers, topology
from workers.deliveries import REPLAY
from workers.publishers import Outgoing

WAVE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a replay did. `found` is what the span holds, `wanted` what the context listens to."""

    context: str
    replay: str
    found: int
    wanted: int
    sent: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def look(context: str, span: Span) -> Report:
    """Say what a replay would send, and send nothing."""
    wanted = sum(1 for _ in _wanted(context, span))
    return Report(context=context, replay="", found=published.count(span), wanted=wanted, sent=0)


def send(context: str, span: Span, *, progress: Callable[[int], None]) -> Report:
    """Publish a span into one context's queue, in the order of ids; `progress` is told how many.

    The messages carry the id of this replay: subscribers get them whatever they had before, and
    once even where one of these messages comes twice.

    Raises:
        broker.AWAY: the broker went; a second replay sends everything again.

    """
    replay, sent, wanted = new_id(), 0, 0
    events = _wanted(context, span)
    with broker.connection(confirm_each=False) as connection:
        connection.ensure_connection(max_retries=1, timeout=broker.CONNECT_S)
        topology.declare(connection)
        publisher = publishers.on(connection)
        while wave := [_outgoing(context, replay, one) for one in islice(events, WAVE)]:
            confirmed: list[Outgoing] = []
            publisher.publish(wave, confirmed.append)
            wanted, sent = wanted + len(wave), sent + len(confirmed)
            progress(sent)
    return Report(
        context=context, replay=replay, found=published.count(span), wanted=wanted, sent=sent
    )


def _wanted(context: str, span: Span) -> Iterator[Published]:
    # what it does not listen to would only become a dead letter
    keys = subscriptions.contexts()[context]
    return (one for one in published.find(span) if one.key in keys)


def _outgoing(context: str, replay: str, one: Published) -> Outgoing:
    return Outgoing(
        id=one.id,
        exchange="",
        routing_key=broker.event_queue(context),
        body=one.body,
        headers={REPLAY: replay},
    )

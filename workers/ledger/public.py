"""The door of the ledger: commands, desks and the undertaker import this module and no deeper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone
from kombu import Producer

from kit import broker
from kit.broker import BrokerDown
from workers.ledger import queries, rules, services
from workers.ledger.contracts import DeadLetter, Wanted

SEARCH_HINT = rules.SEARCH_HINT
file_letter = services.file_letter
list_letters = queries.list_letters
get_letter = queries.get_letter
get_contents = queries.get_contents
count_waiting = queries.count_waiting


def read_search(text: str) -> Wanted:
    return rules.read_search(text, now=timezone.now())


@contextmanager
def on_the_broker() -> Iterator[Producer]:
    """Yield what `replay` publishes through; many letters share it.

    Raises:
        BrokerDown: nobody answered within broker.CONNECT_S.

    """
    with broker.connection() as connection:
        try:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=broker.CONNECT_S)
            producer = broker.Producer(connection, auto_declare=False)
        except broker.AWAY as down:
            raise BrokerDown from down
        yield producer


def replay(
    *, row_id: str, by: str, note: str = "", producer: Producer | None = None
) -> DeadLetter:
    if producer is None:
        with on_the_broker() as own:
            return replay(row_id=row_id, by=by, note=note, producer=own)
    return services.replay(row_id=row_id, by=by, note=note, now=timezone.now(), producer=producer)


def drop(*, row_id: str, by: str, note: str = "") -> DeadLetter:
    return services.drop(row_id=row_id, by=by, note=note, now=timezone.now())


def forget_settled() -> int:
    return services.forget_settled(now=timezone.now())

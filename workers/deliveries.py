"""One event on its way to the subscribers of one context."""

from __future__ import annotations

from typing import Any, Final

from django.db import InterfaceError, close_old_connections
from django.db import OperationalError as SqlDown
from kombu import Message
from kombu.exceptions import OperationalError as BrokerDown
from pymongo.errors import ConnectionFailure as DocumentsDown
from redis.exceptions import ConnectionError as StateDown
from redis.exceptions import TimeoutError as StateSlow

from kit import causes, envelopes, letters, request_ids, subscriptions
from kit.envelopes import Unfit
from kit.errors import Unavailable
from kit.events import Event
from kit.letters import Code
from kit.seen import Seen
from workers import progress

# What a later try mends, however much later.
SQL_AWAY: Final = (SqlDown, InterfaceError)
PASSING: Final = (
    *SQL_AWAY,
    Unavailable,
    DocumentsDown,
    StateDown,
    StateSlow,
    BrokerDown,
)
# Header of a message that is meant for subscribers that had its event before; names the replay.
REPLAY: Final = "replay"

Row = subscriptions.Subscription


class Delivery:
    """Hands an event to each subscriber until it succeeded there once."""

    def __init__(
        self, context: str, envelope: dict[str, Any], *, seen: Seen | None = None, replay: str = ""
    ) -> None:
        """Read an envelope. `replay` names a replay, which reaches who had the event before.

        Raises:
            Unfit: it is no event, or none this release of the context knows.

        """
        self._request_id = str(envelope.get("request_id") or "")
        self._context, self._envelope = context, envelope
        self._seen = seen
        self._left = _readings(context, envelope)
        self._id = f"{envelope['id']}/{replay}" if replay else str(envelope["id"])

    @classmethod
    def of(cls, context: str, message: Message, seen: Seen) -> Delivery:
        """Read a message.

        Raises:
            Unfit: as above, or it is no JSON.

        """
        envelope = envelopes.decode(letters.raw(message))
        replay = str((message.headers or {}).get(REPLAY) or "")
        return cls(context, envelope, seen=seen, replay=replay)

    def attempt(self) -> None:
        """Call the subscribers that have not had it; what one raises keeps it from no other.

        Raises:
            Exception: what a subscriber raised, with its name; one of PASSING first.

        """
        request_ids.bind(self._request_id)
        had = self._seen.known(self._id, list(self._left)) if self._seen else set()
        failures = []
        for name, (row, event) in list(self._left.items()):
            try:
                if name not in had:
                    self._hand_over(name, row, event)
            except Exception as failure:  # noqa: BLE001 (it is told when all had their turn)
                if isinstance(failure, SQL_AWAY):
                    close_old_connections()  # one that the server ended would fail for ever
                failure.add_note(f"It was raised by the subscriber {name}.")
                failures.append(failure)
            else:
                del self._left[name]
        if failures:
            raise next((one for one in failures if isinstance(one, PASSING)), failures[0])
        progress.count_event(self._context, self._envelope)

    def _hand_over(self, name: str, row: Row, event: Event) -> None:
        with causes.bind(self._id, name):
            row.handler(event)
        if self._seen:
            self._seen.add(self._id, name)


def name_of(row: Row) -> str:
    """Return a subscriber's name within its context, stable between releases."""
    handler: Any = row.handler
    return str(getattr(handler, "__name__", type(handler).__name__))


def _readings(context: str, envelope: dict[str, Any]) -> dict[str, tuple[Row, Event]]:
    rows = subscriptions.subscribers(context, envelope["key"])
    if not rows:
        raise Unfit(Code.UNKNOWN_EVENT, f"{context} knows no event {envelope['key']}.")
    try:
        return {name_of(row): (row, row.event.read(envelope)) for row in rows}
    except (KeyError, TypeError, ValueError) as failure:
        raise Unfit(Code.UNREADABLE, f"{type(failure).__name__}: {failure}") from failure

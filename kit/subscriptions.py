"""`@on(Event)`: the table of who listens to what, which the consumer reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from kit.events import Event

E = TypeVar("E", bound=Event)
Handler = Callable[[E], None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One function of one context that wants one kind of event."""

    context: str
    event: type[Event]
    handler: Handler[Any]


TABLE: Final[list[Subscription]] = []


def on(event: type[E]) -> Callable[[Handler[E]], Handler[E]]:
    """Register a subscriber; its context is the folder under `apps/` it stands in."""

    def register(handler: Handler[E]) -> Handler[E]:
        context = handler.__module__.split(".")[1]
        TABLE.append(Subscription(context, event, handler))
        return handler

    return register


def contexts() -> dict[str, set[str]]:
    """Return the routing keys each subscribing context wants."""
    wanted: dict[str, set[str]] = {}
    for row in TABLE:
        wanted.setdefault(row.context, set()).add(row.event.key)
    return wanted


def subscribers(context: str, key: str) -> list[Subscription]:
    return [row for row in TABLE if row.context == context and row.event.key == key]

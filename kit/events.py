"""What an event is: a frozen fact in the past tense, under a routing key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Final, Self

from kit import request_ids
from kit.ids import new_id

_ENVELOPE: Final = frozenset({"at", "event_id", "request_id"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Base of every announced fact.

    Subclasses add plain values only (str, int, float, bool, None, lists of those), so that the
    wire format is JSON without codecs. New fields get a default; a changed meaning is a new key.
    """

    key: ClassVar[str]
    version: ClassVar[int] = 1

    at: datetime
    event_id: str = field(default_factory=new_id, compare=False)
    request_id: str = field(default_factory=request_ids.current, compare=False)

    def envelope(self) -> dict[str, Any]:
        """Return the wire form: id, key, version, at (ISO 8601), request_id and data."""
        own = (f.name for f in fields(self) if f.name not in _ENVELOPE)
        return {
            "id": self.event_id,
            "key": self.key,
            "version": self.version,
            "at": self.at.isoformat(),
            "request_id": self.request_id,
            "data": {name: getattr(self, name) for name in own},
        }

    @classmethod
    def read(cls, envelope: dict[str, Any]) -> Self:
        """Build from a message, ignoring fields this release does not know.

        Raises:
            KeyError: a field every release has is missing.
            TypeError: a field without default is missing from the data.
            ValueError: `at` is no ISO 8601 moment.

        """
        known = {f.name for f in fields(cls)} - _ENVELOPE
        own = {name: value for name, value in envelope["data"].items() if name in known}
        return cls(
            at=datetime.fromisoformat(envelope["at"]),
            event_id=envelope["id"],
            request_id=envelope.get("request_id", ""),
            **own,
        )


def every_event(base: type[Event] = Event) -> Iterator[type[Event]]:
    """Yield each kind of event that was imported."""
    for kind in base.__subclasses__():
        yield kind
        yield from every_event(kind)

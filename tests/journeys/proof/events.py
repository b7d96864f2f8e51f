"""What happens to a parcel; `number` counts from 1 in the order it was announced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class ParcelEvent(Event):
    """Base of all of them; announced by none."""

    key: ClassVar[str] = "proof.any"
    parcel: str
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened(ParcelEvent):
    key: ClassVar[str] = "proof.opened"


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved(ParcelEvent):
    key: ClassVar[str] = "proof.moved"


@dataclass(frozen=True, kw_only=True, slots=True)
class Painted(ParcelEvent):
    key: ClassVar[str] = "proof.painted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choked(ParcelEvent):
    """Poisoned: no subscriber can take it."""

    key: ClassVar[str] = "proof.choked"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sold(ParcelEvent):
    key: ClassVar[str] = "proof.sold"


KINDS: dict[str, type[ParcelEvent]] = {
    kind.__name__.lower(): kind for kind in (Opened, Moved, Painted, Choked, Sold)
}

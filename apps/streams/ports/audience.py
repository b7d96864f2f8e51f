"""Who watches, and how encoders come in: what is forgotten by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from apps.streams.contracts import (
    HealthPoint,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One sign of life of a viewer session; moments and spans in milliseconds, -1 is unsaid.

    `person` and `session` are disguised ids. Without `allowed_until` the verdict that is kept
    with the session must still hold. `live_since` is 0 for what is not on air.
    """

    broadcast_id: str
    person: str
    session: str
    at: int
    allowed_until: int = 0
    live_since: int = 0
    position: int = -1
    startup_bucket: int = -1
    watched: int = -1
    rebuffer: int = 0
    rebuffers: int = 0
    kbps: int = 0
    is_leaving: bool = False
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Who is here after a sign of life, and whether it counted or needs a verdict first."""

    viewers: int
    is_counted: bool = False
    needs_verdict: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Harvest:
    """What was counted of a broadcast since the last time, put aside under a growing number.

    `minutes` are counters by minute since 1970; `whole` counts what has no time.
    """

    broadcast_id: str
    number: int
    minutes: dict[int, dict[str, int]] = field(default_factory=dict)
    whole: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """How many different people, and the sketch (HyperLogLog) that knows it."""

    count: int
    sketch: bytes


class Audience(Protocol):
    """Who watches at the moment: sessions that end by themselves, never counted up and down."""

    def note(self, sign: Sign) -> Tally:
        """Count one sign of life.

        Raises:
            AudienceAway: the store does not answer.

        """

    def count(self, broadcast_ids: Sequence[str], *, at: int) -> list[int]:
        """Return the viewers of each broadcast at a moment.

        Raises:
            AudienceAway: the store does not answer.

        """

    def total(self, *, at: int) -> int:
        """Return the viewers of all broadcasts.

        Raises:
            AudienceAway: the store does not answer.

        """


class Harvests(Protocol):
    """What an audience counted, taken out so that nothing is lost or counted twice."""

    def take(self, *, limit: int) -> list[Harvest]:
        """Put counts aside and return them; what was not settled is returned again."""

    def settle(self, harvests: Sequence[Harvest]) -> None:
        """Forget what was written."""

    def unite(self, broadcast_id: str, sketch: bytes) -> People:
        """Return the people of a broadcast, those of an older sketch with them."""


class HealthBoard(Protocol):
    """What ingests measured of encoders in the last minutes; forgotten by itself."""

    def note(self, broadcast_id: str, point: HealthPoint, *, dropped: int) -> None:
        """Keep one measurement, and count it for its minute; `dropped` are frames since the last.

        Raises:
            AudienceAway: the store does not answer.

        """

    def read(self, broadcast_id: str, *, newest: int) -> list[HealthPoint]:
        """Return the last measurements, oldest first.

        Raises:
            AudienceAway: the store does not answer.

        """

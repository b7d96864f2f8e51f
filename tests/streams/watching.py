"""Signs of life for tests: a viewer, and what their player says as time goes by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from apps.streams.contracts import Beat
from apps.streams.ports import Audience, Harvest, Harvests, Sign, Tally
from apps.streams.services import presence, roll_up
from tests.conftest import NOON

NOON_MS = presence.milliseconds(NOON)
FOR_EVER = NOON_MS + 10 * 24 * 3_600_000


def a_sign(broadcast_id: str = "b", *, at_s: float = 0, **told: Any) -> Sign:
    """Return a sign `at_s` seconds after NOON of somebody who may watch."""
    shape: dict[str, Any] = {
        "person": "ada",
        "session": "ada-1",
        "at": NOON_MS + int(at_s * 1000),
        "allowed_until": FOR_EVER,
    }
    return Sign(broadcast_id=broadcast_id, **{**shape, **told})


@dataclass
class Viewer:
    """A player that says every so often that it is here."""

    audience: Audience
    sign: Sign

    def beat(self, *seconds: float, **told: Any) -> Tally:
        """Say so at each of these seconds after NOON; return the last answer."""
        for at_s in seconds:
            last = self.audience.note(replace(self.sign, at=NOON_MS + int(at_s * 1000), **told))
        return last


def a_viewer(audience: Audience, name: str = "ada", broadcast_id: str = "b") -> Viewer:
    return Viewer(audience, a_sign(broadcast_id, person=name, session=f"{name}-1"))


def counted(harvest: Harvest) -> dict[str, int]:
    """Return the sums of a harvest, whenever they were counted."""
    sums = dict(harvest.whole)
    for counts in harvest.minutes.values():
        for name, amount in counts.items():
            is_peak = name == "peak"
            sums[name] = max(sums.get(name, 0), amount) if is_peak else sums.get(name, 0) + amount
    return sums


def harvested(harvests: Harvests) -> dict[str, int]:
    """Take what is there of one broadcast and settle it; return its sums."""
    taken = harvests.take(limit=10)
    harvests.settle(taken)
    (only,) = taken
    return counted(only)


def watch(
    audience: Audience,
    broadcast_id: str,
    *,
    viewer_id: str,
    since: datetime = NOON,
    seconds: tuple[float, ...] = (0, 20, 40),
    **told: Any,
) -> None:
    """Have somebody who may watch send heartbeats at these seconds after `since`."""
    for at_s in seconds:
        moment = datetime.fromtimestamp(since.timestamp() + at_s, tz=since.tzinfo)
        sign = presence.make_sign(
            broadcast_id=broadcast_id,
            viewer_id=viewer_id,
            beat=Beat(session_id="01SESSION0000000000000000A", **told),
            pepper="pepper",
            now=moment,
        )
        audience.note(replace(sign, allowed_until=sign.at + 60_000))


def carry(harvests: Harvests) -> int:
    return roll_up.roll_up(harvests=harvests)

"""Who listens to parcels. Every event but the poisoned ones has an effect of its own: `note`."""

from __future__ import annotations

from typing import Final

from kit.errors import Unavailable
from kit.subscriptions import on
from tests.journeys.proof import plan, tasks
from tests.journeys.proof.effects import leave
from tests.journeys.proof.events import Choked, Moved, Opened, Painted, ParcelEvent, Sold

_hesitated: Final[set[str]] = set()


class Wet(Unavailable):
    code = "wet-in-a-proof"
    sentence = "The paint is wet."


def note(event: ParcelEvent) -> None:
    leave(plan.noted(event.parcel, event.number), key=f"{event.event_id}/note")


for _kind in (Opened, Moved, Painted, Sold):
    on(_kind)(note)


@on(Opened)
def survey(event: Opened) -> None:
    tasks.wait.delay(what=plan.surveyed(event.parcel))


@on(Sold)
def hand_over(event: Sold) -> None:
    tasks.quick.delay(what=plan.handed_over(event.parcel))


@on(Painted)
def dry(event: Painted) -> None:
    """Fail for a passing reason where the plan says so, once in each process."""
    if plan.is_wet(event.parcel, event.number) and event.event_id not in _hesitated:
        _hesitated.add(event.event_id)
        raise Wet
    leave(plan.dried(event.parcel, event.number), key=f"{event.event_id}/dry")


@on(Choked)
def choke(event: Choked) -> None:
    raise ZeroDivisionError(f"no way to divide {event.parcel}")

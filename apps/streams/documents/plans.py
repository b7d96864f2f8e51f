"""The transitions of a broadcast that is planned: moved, opened, changed, given up, removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.streams.rules.broadcasts import BEFORE_AIR_STATES, OVER_STATES
from kit.documents import QuerySet, announce
from kit.events import Event


class PlannedQuerySet(QuerySet):
    """Every transition is one conditional write; the write itself picks the winner."""

    def cancel(self, broadcast_id: str, *, reason: str, announcing: Event) -> bool:
        return bool(
            self.filter(id=broadcast_id, state__in=BEFORE_AIR_STATES).modify(
                set__state="failed" if reason == "no_media" else "cancelled",
                set__ended_at=announcing.at,
                set__end_reason=reason,
                unset__expires_at=True,
                push_all__outbox=announce(announcing),
            )
        )

    def expire(self, broadcast_id: str, epoch: int, *, reason: str, announcing: Event) -> bool:
        """Cancel what nobody came for; an encoder that came in the meantime wins."""
        unvisited = self.filter(epoch=epoch, expires_at__lte=announcing.at)
        return bool(unvisited.cancel(broadcast_id, reason=reason, announcing=announcing))

    def remove(self, broadcast_id: str, *, was: str, announcing: list[Event]) -> bool:
        """Take a broadcast out of everyone's sight, from the state it was seen in."""
        ended = {} if was in OVER_STATES else {"set__ended_at": announcing[0].at}
        return bool(
            self.filter(id=broadcast_id, state=was).modify(
                set__state="removed",
                unset__reconnect_until=True,
                unset__announce_due_at=True,
                unset__expires_at=True,
                push_all__outbox=announce(*announcing),
                **ended,
            )
        )

    def make_ready(self, broadcast_id: str, *, now: datetime) -> bool:
        """Open what was scheduled for now; a new start in the meantime wins."""
        due = self.filter(id=broadcast_id, state="scheduled", starts_at__lte=now)
        return bool(due.update(set__state="ready"))

    def reschedule(
        self, broadcast_id: str, *, values: dict[str, object], announcing: Event
    ) -> bool:
        """Move a broadcast that never was on air to another time, with what changed beside it."""
        changes = {f"set__{name}": value for name, value in values.items()}
        return bool(
            self.filter(id=broadcast_id, state__in=BEFORE_AIR_STATES).modify(
                set__state="scheduled", push_all__outbox=announce(announcing), **changes
            )
        )

    def edit(self, broadcast_id: str, *, values: dict[str, object], states: Sequence[str]) -> bool:
        changes = {f"set__{name}": value for name, value in values.items()}
        return bool(self.filter(id=broadcast_id, state__in=states).update(**changes))

"""Broadcast: a state machine of which every transition is one conditional write."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import override

from apps.streams.rules.broadcasts import BEFORE_AIR_STATES, ON_AIR_STATES, OPEN_STATES
from apps.streams.rules.visibility import VISIBILITIES
from kit.documents import Announcing, QuerySet, announce, fields
from kit.events import Event


class BroadcastQuerySet(QuerySet):
    """Every transition is one conditional write; the write itself picks the winner."""

    def open_session(
        self, broadcast_id: str, *, session_id: str, lease_until: datetime
    ) -> Broadcast | None:
        """Let a new encoder in: the epoch moves on, so that older sessions are fenced off."""
        found: Broadcast | None = self.filter(id=broadcast_id, state__in=OPEN_STATES).modify(
            inc__epoch=1, set__session_id=session_id, set__lease_until=lease_until, new=True
        )
        return found

    def go_live(
        self, broadcast_id: str, epoch: int, *, lease: datetime, announcing: Event
    ) -> bool:
        return bool(
            self.filter(id=broadcast_id, epoch=epoch, state__in=BEFORE_AIR_STATES).modify(
                set__state="live",
                set__live_at=announcing.at,
                set__lease_until=lease,
                push_all__outbox=announce(announcing),
            )
        )

    def resume(self, broadcast_id: str, epoch: int, *, lease: datetime, announcing: Event) -> bool:
        return bool(
            self.filter(id=broadcast_id, epoch=epoch, state="interrupted").modify(
                set__state="live",
                set__lease_until=lease,
                unset__reconnect_until=True,
                push_all__outbox=announce(announcing),
            )
        )

    def renew(self, broadcast_id: str, epoch: int, *, lease_until: datetime) -> bool:
        return bool(
            self.filter(id=broadcast_id, epoch=epoch, state__in=OPEN_STATES).update(
                set__lease_until=lease_until
            )
        )

    def interrupt(
        self, broadcast_id: str, epoch: int, *, until: datetime, announcing: Event
    ) -> bool:
        return bool(
            self.filter(id=broadcast_id, epoch=epoch, state="live").modify(
                set__state="interrupted",
                set__reconnect_until=until,
                push_all__outbox=announce(announcing),
            )
        )

    def close_session(self, broadcast_id: str, epoch: int) -> bool:
        return bool(self.filter(id=broadcast_id, epoch=epoch).update(set__session_id=""))

    def fence(self, broadcast_id: str) -> bool:
        """Make every session that runs now a stale one."""
        return bool(self.filter(id=broadcast_id, state__in=OPEN_STATES).update(inc__epoch=1))

    def end(self, broadcast_id: str, *, reason: str, announcing: Event) -> bool:
        return bool(
            self.filter(id=broadcast_id, state__in=ON_AIR_STATES).modify(
                set__state="ended",
                set__ended_at=announcing.at,
                set__end_reason=reason,
                unset__reconnect_until=True,
                push_all__outbox=announce(announcing),
            )
        )

    def give_up(self, broadcast_id: str, *, now: datetime, announcing: Event) -> bool:
        """End what waited too long; a session that came back in the meantime wins."""
        waiting = self.filter(state="interrupted", reconnect_until__lt=now)
        return bool(waiting.end(broadcast_id, reason="window", announcing=announcing))

    def cancel(self, broadcast_id: str, *, announcing: Event) -> bool:
        return bool(
            self.filter(id=broadcast_id, state__in=BEFORE_AIR_STATES).modify(
                set__state="cancelled",
                set__ended_at=announcing.at,
                push_all__outbox=announce(announcing),
            )
        )


class Broadcast(Announcing):
    """Live is a lease, not a flag: it holds while heartbeats renew `lease_until`."""

    creator_id = fields.StringField(required=True)
    title = fields.StringField(required=True, max_length=140)
    state = fields.StringField(required=True)
    visibility = fields.StringField(required=True, choices=VISIBILITIES)
    source = fields.StringField(default="engine")  # upload: it never was on air
    record = fields.BooleanField(required=True, default=True)
    reconnect_window_s = fields.IntField(required=True)
    starts_at = fields.DateTimeField()
    live_at = fields.DateTimeField()
    ended_at = fields.DateTimeField()
    end_reason = fields.StringField()
    epoch = fields.IntField(required=True, default=0)
    session_id = fields.StringField(default="")
    lease_until = fields.DateTimeField()
    reconnect_until = fields.DateTimeField()

    meta = {
        "collection": "broadcasts",
        "queryset_class": BroadcastQuerySet,
        "indexes": [
            ["state", "visibility", "-id"],
            ["creator_id", "state", "-id"],
            ["creator_id", "-id"],
            ["state", "starts_at"],
            ["state", "lease_until"],
            ["state", "reconnect_until"],
        ],
    }

    @override
    def __str__(self) -> str:
        return f"{self.title} ({self.state})"

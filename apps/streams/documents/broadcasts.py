"""Broadcast: a state machine of which every transition is one conditional write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import override

from apps.streams.documents.plans import PlannedQuerySet
from apps.streams.rules.air import Deadline
from apps.streams.rules.broadcasts import (
    BEFORE_AIR_STATES,
    ON_AIR_STATES,
    OPEN_STATES,
)
from apps.streams.rules.visibility import VISIBILITIES
from kit.documents import Announcing, announce, fields
from kit.events import Event


class BroadcastQuerySet(PlannedQuerySet):
    """Every transition is one conditional write; the write itself picks the winner.

    What an encoder told is kept as numbers that only grow (`epoch`, `playing_epoch`,
    `stopped_epoch`), so that the order in which it was heard makes no difference.
    """

    def open_session(
        self, broadcast_id: str, *, session_id: str, lease_until: datetime, key_id: str = ""
    ) -> Broadcast | None:
        """Let a new encoder in: the epoch moves on, so that older sessions are fenced off."""
        found: Broadcast | None = self.filter(id=broadcast_id, state__in=OPEN_STATES).modify(
            inc__epoch=1,
            set__session_id=session_id,
            set__key_id=key_id,
            set__lease_until=lease_until,
            unset__announce_due_at=True,
            new=True,
        )
        return found

    def go_live(
        self,
        broadcast_id: str,
        epoch: int,
        *,
        lease: datetime,
        announcing: Event,
        due_at: datetime,
        deadline: Deadline | None,
    ) -> Broadcast | None:
        """Put a broadcast on air; return it as it is then."""
        limits: dict[str, Any] = {}
        if deadline is not None:
            limits = {
                "set__ends_by": deadline.ends_by,
                "set__warn_at": deadline.warn_at,
                "set__limit": deadline.reason,
            }
        found: Broadcast | None = self.filter(
            id=broadcast_id, epoch=epoch, state__in=BEFORE_AIR_STATES
        ).modify(
            set__state="live",
            set__live_at=announcing.at,
            set__lease_until=lease,
            set__playing_epoch=epoch,
            set__announce_due_at=due_at,
            unset__expires_at=True,
            push_all__outbox=announce(announcing),
            new=True,
            **limits,
        )
        return found

    def resume(
        self,
        broadcast_id: str,
        epoch: int,
        *,
        lease: datetime,
        announcing: Event,
        due_at: datetime | None,
    ) -> bool:
        """Come back from an interruption; a session that stopped cannot."""
        due = {"set__announce_due_at": due_at} if due_at else {}
        return bool(
            self.filter(
                id=broadcast_id, epoch=epoch, state="interrupted", stopped_epoch__lt=epoch
            ).modify(
                set__state="live",
                set__lease_until=lease,
                set__playing_epoch=epoch,
                unset__reconnect_until=True,
                push_all__outbox=announce(announcing),
                **due,
            )
        )

    def take_over(
        self, broadcast_id: str, epoch: int, *, lease: datetime, due_at: datetime | None
    ) -> bool:
        """Note the first picture of a session that came while the one before was on air."""
        due = {"set__announce_due_at": due_at} if due_at else {}
        return bool(
            self.filter(
                id=broadcast_id,
                epoch=epoch,
                state="live",
                playing_epoch__lt=epoch,
                stopped_epoch__lt=epoch,
            ).update(set__playing_epoch=epoch, set__lease_until=lease, **due)
        )

    def renew(self, broadcast_id: str, epoch: int, *, lease_until: datetime) -> Broadcast | None:
        found: Broadcast | None = self.filter(
            id=broadcast_id, epoch=epoch, state__in=OPEN_STATES, stopped_epoch__lt=epoch
        ).modify(set__lease_until=lease_until, new=True)
        return found

    def interrupt(
        self, broadcast_id: str, epoch: int, *, until: datetime, announcing: Event
    ) -> bool:
        return bool(
            self.filter(id=broadcast_id, epoch=epoch, state="live").modify(
                set__state="interrupted",
                set__reconnect_until=until,
                unset__announce_due_at=True,
                push_all__outbox=announce(announcing),
            )
        )

    def close_session(
        self, broadcast_id: str, epoch: int, *, now: datetime, reason: str = ""
    ) -> bool:
        """Note that a session closed its part; whatever is still heard of it is late."""
        return bool(
            self.filter(id=broadcast_id, epoch=epoch).update(
                set__session_id="",
                set__lease_until=now,
                set__stopped_epoch=epoch,
                set__stop_reason=reason,
            )
        )

    def fence(self, broadcast_id: str) -> bool:
        """Make every session of what is not live a stale one."""
        not_live = tuple(state for state in OPEN_STATES if state != "live")
        return bool(
            self.filter(id=broadcast_id, state__in=not_live).update(inc__epoch=1, set__key_id="")
        )

    def fence_live(self, broadcast_id: str, *, until: datetime, announcing: Event) -> bool:
        """Take a live broadcast's session away; the reconnect window opens."""
        return bool(
            self.filter(id=broadcast_id, state="live").modify(
                inc__epoch=1,
                set__key_id="",
                set__state="interrupted",
                set__reconnect_until=until,
                unset__announce_due_at=True,
                push_all__outbox=announce(announcing),
            )
        )

    def mark_announced(self, broadcast_id: str, *, at: datetime, announcing: Event | None) -> bool:
        """Settle whether followers hear of it: with the event, or without one in a cool-down."""
        told = {"push_all__outbox": announce(announcing)} if announcing else {}
        steady = {"state": "live", "is_announced": False, "announce_due_at__lte": at}
        return bool(
            self.filter(id=broadcast_id, **steady).modify(
                set__is_announced=True,
                set__announced_at=at,
                unset__announce_due_at=True,
                **told,
            )
        )

    def mark_warned(self, broadcast_id: str, *, announcing: Event) -> bool:
        return bool(
            self.filter(id=broadcast_id, state__in=ON_AIR_STATES, is_warned=False).modify(
                set__is_warned=True,
                unset__warn_at=True,
                push_all__outbox=announce(announcing),
            )
        )

    def end(self, broadcast_id: str, *, reason: str, announcing: Event) -> bool:
        return bool(
            self.filter(id=broadcast_id, state__in=ON_AIR_STATES).modify(
                set__state="ended",
                set__ended_at=announcing.at,
                set__end_reason=reason,
                unset__reconnect_until=True,
                unset__announce_due_at=True,
                push_all__outbox=announce(announcing),
            )
        )

    def give_up(self, broadcast_id: str, *, now: datetime, announcing: Event) -> bool:
        """End what waited too long; a session that is here, or came back, wins."""
        waiting = self.filter(state="interrupted", reconnect_until__lt=now, lease_until__lt=now)
        return bool(waiting.end(broadcast_id, reason="window", announcing=announcing))


class Broadcast(Announcing):
    """Live is a lease, not a flag: it holds while heartbeats renew `lease_until`."""

    creator_id = fields.StringField(required=True)
    title = fields.StringField(required=True, max_length=140)
    state = fields.StringField(required=True)
    visibility = fields.StringField(required=True, choices=VISIBILITIES)
    record = fields.BooleanField(required=True, default=True)
    reconnect_window_s = fields.IntField(required=True)
    starts_at = fields.DateTimeField()
    live_at = fields.DateTimeField()
    ended_at = fields.DateTimeField()
    end_reason = fields.StringField()
    # sessions: the newest let in, the newest that played, the newest that closed its part
    epoch = fields.IntField(required=True, default=0)
    playing_epoch = fields.IntField(required=True, default=0)
    stopped_epoch = fields.IntField(required=True, default=0)
    session_id = fields.StringField(default="")
    key_id = fields.StringField(default="")
    stop_reason = fields.StringField(default="")
    lease_until = fields.DateTimeField()
    reconnect_until = fields.DateTimeField()
    # moments the sweeper looks for; each is taken away when it was seen to
    announce_due_at = fields.DateTimeField()
    warn_at = fields.DateTimeField()
    ends_by = fields.DateTimeField()
    expires_at = fields.DateTimeField()
    is_announced = fields.BooleanField(required=True, default=False)
    announced_at = fields.DateTimeField()
    is_warned = fields.BooleanField(required=True, default=False)
    limit = fields.StringField(default="")

    meta = {
        "collection": "broadcasts",
        "queryset_class": BroadcastQuerySet,
        "indexes": [
            ["state", "visibility", "-id"],
            ["creator_id", "state", "-id"],
            ["creator_id", "-id"],
            ["creator_id", "live_at"],
            ["state", "starts_at"],
            ["state", "lease_until"],
            ["state", "reconnect_until"],
            ["session_id"],
            ["state", "announce_due_at"],
            ["state", "ends_by"],
            ["state", "warn_at"],
            ["state", "expires_at"],
            ["key_id", "state"],
        ],
    }

    @override
    def __str__(self) -> str:
        return f"{self.title} ({self.state})"

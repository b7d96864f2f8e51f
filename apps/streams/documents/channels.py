"""Channel: what a creator wants of every broadcast, and when followers were told last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from mongoengine import NotUniqueError

from apps.streams.rules.channels import DEFAULT_TITLE, TITLE_CHARS
from apps.streams.rules.visibility import VISIBILITIES
from kit.documents import Base, QuerySet, fields

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ChannelQuerySet(QuerySet):
    """A channel lies under its creator's id; it is made when there is something to keep."""

    def ensure(self, creator_id: str) -> None:
        """Make a channel with defaults where there is none. Safe to repeat, and to race."""
        if self.filter(id=creator_id).only("id").first() is not None:
            return
        try:
            Channel(id=creator_id).save(force_insert=True)
        except NotUniqueError:
            return

    def claim_next(self, creator_id: str, *, after: str, offered: str) -> str:
        """Return the id of the broadcast that follows `after`: the one offered, or a rival's."""
        self.ensure(creator_id)
        self.filter(id=creator_id, next_broadcast=after).update(set__next_broadcast=offered)
        return str(self.only("next_broadcast").get(id=creator_id).next_broadcast)

    def claim_announcement(
        self, creator_id: str, broadcast_id: str, *, now: datetime, not_since: datetime
    ) -> bool:
        """Say whether this broadcast is the one followers hear of, and remember it.

        A claim may be repeated: whoever died between it and the announcement finds it again.
        """
        self.ensure(creator_id)
        if self.filter(id=creator_id, told_of=broadcast_id).only("id").first() is not None:
            return True
        return bool(
            self.filter(id=creator_id, told_at__lte=not_since).modify(
                set__told_at=now, set__told_of=broadcast_id
            )
        )


class Channel(Base):
    """One a creator, under the creator's id. What is not set follows the operator's limits."""

    title_template = fields.StringField(
        required=True, default=DEFAULT_TITLE, max_length=TITLE_CHARS
    )
    visibility = fields.StringField(required=True, default="public", choices=VISIBILITIES)
    record = fields.BooleanField(required=True, default=True)
    reconnect_window_s = fields.IntField(required=True, default=60)
    debounce_s = fields.IntField()
    cooldown_s = fields.IntField()
    max_duration_s = fields.IntField()
    monthly_minutes = fields.IntField()
    told_at = fields.DateTimeField(required=True, default=NEVER)
    told_of = fields.StringField(default="")
    # the last broadcast a key opened by itself; its id is claimed here before it is made
    next_broadcast = fields.StringField(required=True, default="")

    meta = {"collection": "channels", "queryset_class": ChannelQuerySet}

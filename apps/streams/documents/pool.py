"""PooledStream: a live stream the provider keeps for us, lent to one broadcast at a time."""

from __future__ import annotations

from datetime import datetime

from kit.documents import Base, QuerySet, fields


class PooledStreamQuerySet(QuerySet):
    """`making → free ⇄ lent → resetting → free`; each step is one conditional write."""

    def settle(self, stream_id: str, *, was: str, values: dict[str, object]) -> bool:
        """Put it among the free with a login nobody has had."""
        changes = {f"set__{name}": value for name, value in values.items()}
        return bool(
            self.filter(id=stream_id, state=was).update(
                set__state="free",
                set__broadcast_id="",
                set__creator_id="",
                set__is_prepared=False,
                **changes,
            )
        )

    def lend(self, broadcast_id: str, *, creator_id: str, now: datetime) -> PooledStream | None:
        """Take a free one; the write picks who gets it."""
        found: PooledStream | None = (
            self.filter(state="free")
            .order_by("id")
            .modify(
                set__state="lent",
                set__broadcast_id=broadcast_id,
                set__creator_id=creator_id,
                set__lent_at=now,
                new=True,
            )
        )
        return found

    def give_back(self, broadcast_id: str) -> int:
        found = self.filter(broadcast_id=broadcast_id, state="lent")
        return int(found.update(set__state="resetting", set__is_prepared=False))

    def held_by(self, creator_id: str) -> PooledStreamQuerySet:
        """Return what a creator keeps from others: what is lent, and what is made anew after."""
        found: PooledStreamQuerySet = self.filter(
            creator_id=creator_id, state__in=("lent", "resetting")
        )
        return found

    def note_prepared(self, stream_id: str, *, is_prepared: bool) -> None:
        self.filter(id=stream_id, state="lent").update(set__is_prepared=is_prepared)


class PooledStream(Base):
    """Its key is sealed: it opens a broadcast for as long as it is lent.

    `created_at` is the ledger of what was made: a provider counts the tries of three hours.
    """

    state = fields.StringField(required=True, default="making")
    provider_id = fields.StringField(default="")
    url = fields.StringField(default="")
    sealed_key = fields.StringField(default="")
    broadcast_id = fields.StringField(default="")
    creator_id = fields.StringField(default="")  # also while it is made anew
    lent_at = fields.DateTimeField()
    is_prepared = fields.BooleanField(required=True, default=False)

    meta = {
        "collection": "pooled_streams",
        "queryset_class": PooledStreamQuerySet,
        "indexes": [["state", "id"], ["broadcast_id"], ["created_at"]],
    }

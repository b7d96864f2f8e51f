"""IngestKey: what is kept of a stream key."""

from __future__ import annotations

from datetime import datetime

from kit.documents import Base, QuerySet, fields


class IngestKeyQuerySet(QuerySet):
    """A key is revoked once and never comes back."""

    def valid(self) -> IngestKeyQuerySet:
        found: IngestKeyQuerySet = self.filter(revoked_at=None)
        return found

    def note_use(self, key_id: str, *, now: datetime) -> bool:
        """Remember that a key opened a session; False where it was revoked in the meantime."""
        return bool(self.valid().filter(id=key_id).update(set__last_used_at=now))

    def revoke(self, key_id: str, *, now: datetime) -> bool:
        return bool(self.valid().filter(id=key_id).update(set__revoked_at=now))


class IngestKey(Base):
    """One stream key: only its digest is kept. Without a broadcast it opens the whole channel."""

    creator_id = fields.StringField(required=True)
    broadcast_id = fields.StringField(default="")
    label = fields.StringField(max_length=60, default="")
    digest = fields.StringField(required=True)
    revoked_at = fields.DateTimeField()
    last_used_at = fields.DateTimeField()

    meta = {
        "collection": "ingest_keys",
        "queryset_class": IngestKeyQuerySet,
        "indexes": [
            {"fields": ["digest"], "unique": True},
            ["broadcast_id"],
            ["creator_id", "broadcast_id", "-id"],
            ["revoked_at"],
        ],
    }

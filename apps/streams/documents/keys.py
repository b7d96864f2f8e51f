"""IngestKey: what is kept of a stream key."""

from __future__ import annotations

from kit.documents import Base, fields


class IngestKey(Base):
    """One stream key: only its digest is kept."""

    creator_id = fields.StringField(required=True)
    broadcast_id = fields.StringField(required=True)
    label = fields.StringField(max_length=60, default="")
    digest = fields.StringField(required=True)
    revoked_at = fields.DateTimeField()
    last_used_at = fields.DateTimeField()

    meta = {
        "collection": "ingest_keys",
        "indexes": [{"fields": ["digest"], "unique": True}, ["broadcast_id"]],
    }

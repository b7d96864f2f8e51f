"""StreamTarget: where else a broadcast goes while it is on air."""

from __future__ import annotations

from kit.documents import Base, fields


class StreamTarget(Base):
    """One service a broadcast is sent on to; its key is sealed.

    `session_id` is the session the engine was last told to send.
    """

    broadcast_id = fields.StringField(required=True)
    label = fields.StringField(required=True, max_length=60)
    url = fields.StringField(required=True, max_length=300)
    sealed_key = fields.StringField(required=True)
    state = fields.StringField(required=True, default="waiting")
    error = fields.StringField(default="")
    session_id = fields.StringField(default="")
    is_removed = fields.BooleanField(required=True, default=False)

    meta = {"collection": "stream_targets", "indexes": [["broadcast_id", "id"]]}

"""WatchBucket: counters of one broadcast in one minute, hour or day, and of its whole life."""

from __future__ import annotations

from kit.documents import Base, fields


class WatchBucket(Base):
    """Sums that are only ever incremented; `flush` is the number of the last harvest in it.

    The id is broadcast, grain and beginning. Histograms are fields of their own, flat, as
    `startups:41`: the embedded engine stores a dotted name as it is written.
    """

    broadcast_id = fields.StringField(required=True)
    creator_id = fields.StringField(required=True)
    grain = fields.StringField(required=True)  # minute | hour | day | all
    at = fields.DateTimeField(required=True)
    flush = fields.LongField(required=True)
    expires_at = fields.DateTimeField()  # of minutes only: the server removes them
    # of the whole: a HyperLogLog, in which nobody can be found; base64, as the embedded engine
    # refuses bytes in an update
    people = fields.StringField()

    meta = {
        "collection": "watch_buckets",
        "strict": False,
        "indexes": [
            ["broadcast_id", "grain", "at"],
            ["creator_id", "grain", "at"],
            {"fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }

"""Recording: the ledger of what must exist of every broadcast."""

from __future__ import annotations

from typing_extensions import override

from apps.streams.rules.recordings import UNSTORED_STATES
from kit.documents import Announcing, QuerySet, announce, fields
from kit.events import Event


class RecordingQuerySet(QuerySet):
    """The ledger moves forward only: expected → found → verified → stored | failed."""

    def mark_found(self, recording_id: str) -> bool:
        return bool(self.filter(id=recording_id, state="expected").update(set__state="found"))

    def mark_stored(
        self, recording_id: str, *, values: dict[str, object], announcing: Event
    ) -> bool:
        changes = {f"set__{name}": value for name, value in values.items()}
        return bool(
            self.filter(id=recording_id, state__in=UNSTORED_STATES).modify(
                set__state="stored",
                set__stored_at=announcing.at,
                push_all__outbox=announce(announcing),
                **changes,
            )
        )

    def mark_failed(self, recording_id: str, *, error: str, announcing: Event) -> bool:
        return bool(
            self.filter(id=recording_id, state__in=UNSTORED_STATES).modify(
                set__state="failed", set__error=error, push_all__outbox=announce(announcing)
            )
        )


class Recording(Announcing):
    """What must exist of a broadcast that was on air; one each."""

    broadcast_id = fields.StringField(required=True)
    creator_id = fields.StringField(required=True)
    title = fields.StringField(required=True)
    visibility = fields.StringField(required=True)
    state = fields.StringField(required=True, default="expected")
    storage_name = fields.StringField(default="")
    duration_s = fields.FloatField(default=0.0)
    size_bytes = fields.LongField(default=0)
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    sha256 = fields.StringField(default="")
    stored_at = fields.DateTimeField()
    error = fields.StringField(default="")

    meta = {
        "collection": "recordings",
        "queryset_class": RecordingQuerySet,
        "indexes": [
            {"fields": ["broadcast_id"], "unique": True},
            ["state", "visibility", "-id"],
            ["creator_id", "state", "-id"],
        ],
    }

    @override
    def __str__(self) -> str:
        return f"{self.title} ({self.state})"

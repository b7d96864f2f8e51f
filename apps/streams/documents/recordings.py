"""Recording: the ledger of what must exist of every broadcast."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import override

from apps.streams.rules.recordings import PLAYABLE_STATES, UNSTORED_STATES
from kit.documents import Announcing, QuerySet, announce, fields
from kit.events import Event


class RecordingQuerySet(QuerySet):
    """The ledger moves forward: expected → found → verified → stored → published | failed.

    Each step is one conditional write. `due_at` is when the sweeper looks at it again; what is
    finished has none.
    """

    def step(
        self, recording_id: str, *, to: str, now: datetime, due_at: datetime, **values: object
    ) -> bool:
        """Move to another state before `stored`, backwards as well where a work file is gone."""
        return bool(
            self.filter(id=recording_id, state__in=UNSTORED_STATES).modify(
                set__state=to,
                set__state_since=now,
                set__due_at=due_at,
                set__tries=0,
                **_set(values),
            )
        )

    def mark_stored(self, recording_id: str, *, due_at: datetime, announcing: Event) -> bool:
        return bool(
            self.filter(id=recording_id, state="verified").modify(
                set__state="stored",
                set__stored_at=announcing.at,
                set__state_since=announcing.at,
                set__due_at=due_at,
                set__tries=0,
                push_all__outbox=announce(announcing),
            )
        )

    def mark_failed(self, recording_id: str, *, error: str, announcing: Event) -> bool:
        return bool(
            self.filter(id=recording_id, state__in=UNSTORED_STATES).modify(
                set__state="failed",
                set__state_since=announcing.at,
                set__error=error,
                unset__due_at=True,
                push_all__outbox=announce(announcing),
            )
        )

    def note_pieces(
        self, recording_id: str, *, done: int, progress: int, due_at: datetime
    ) -> bool:
        """Note how far the ladder is; False once nobody wants it any more."""
        return bool(
            self.filter(id=recording_id, state="stored", ladder="waiting").update(
                set__ladder_done=done, set__progress=progress, set__due_at=due_at, set__tries=0
            )
        )

    def mark_published(
        self, recording_id: str, *, qualities: list[int], due_at: datetime, announcing: Event
    ) -> bool:
        return bool(
            self.filter(id=recording_id, state="stored", ladder="waiting").modify(
                set__state="published",
                set__state_since=announcing.at,
                set__published_at=announcing.at,
                set__ladder="ready",
                set__progress=100,
                set__qualities=qualities,
                set__due_at=due_at,
                set__tries=0,
                push_all__outbox=announce(announcing),
            )
        )

    def give_ladder_up(self, recording_id: str, *, error: str, due_at: datetime) -> bool:
        """Leave it at the MP4, which goes on to play."""
        return bool(
            self.filter(id=recording_id, state="stored", ladder="waiting").modify(
                set__ladder="failed", set__error=error, set__due_at=due_at, set__tries=0
            )
        )

    def mark_tidied(self, recording_id: str, *, now: datetime, warnings: list[str]) -> bool:
        return bool(
            self.filter(id=recording_id, state__in=PLAYABLE_STATES).update(
                set__parts_dropped_at=now, set__warnings=warnings, unset__due_at=True
            )
        )

    def remove(
        self, recording_id: str, *, reason: str, due_at: datetime, announcing: Event
    ) -> bool:
        return bool(
            self.filter(id=recording_id, state__ne="removed").modify(
                set__state="removed",
                set__state_since=announcing.at,
                set__removed_reason=reason,
                set__due_at=due_at,
                set__tries=0,
                push_all__outbox=announce(announcing),
            )
        )

    def mark_purged(self, recording_id: str, *, now: datetime) -> bool:
        return bool(
            self.filter(id=recording_id, state="removed").update(
                set__purged_at=now, set__storage_name="", unset__due_at=True
            )
        )

    def claim(
        self, recording_id: str, *, seen_due_at: datetime, due_at: datetime, **values: object
    ) -> bool:
        """Let one sweeper have a stalled one; it is due again at `due_at`, should this stall."""
        return bool(
            self.filter(id=recording_id, due_at=seen_due_at).modify(
                set__due_at=due_at, **_set(values)
            )
        )


def _set(values: dict[str, object]) -> dict[str, Any]:
    return {f"set__{name}": value for name, value in values.items()}


class Recording(Announcing):
    """What must exist of a broadcast that was on air; one each, and one that was removed stays."""

    broadcast_id = fields.StringField(required=True)
    creator_id = fields.StringField(required=True)
    title = fields.StringField(required=True)
    visibility = fields.StringField(required=True)
    state = fields.StringField(required=True, default="expected")
    state_since = fields.DateTimeField()
    storage_name = fields.StringField(default="")
    duration_s = fields.FloatField(default=0.0)
    size_bytes = fields.LongField(default=0)
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    has_audio = fields.BooleanField(default=False)
    sha256 = fields.StringField(default="")
    stored_at = fields.DateTimeField()
    published_at = fields.DateTimeField()
    error = fields.StringField(default="")
    # What was lost: the time on air it was measured against, and what is wrong with it.
    expected_s = fields.FloatField(default=0.0)
    warnings = fields.ListField(fields.StringField())
    # When the encoder came and went: event id → {at, is_on}.
    turns = fields.DictField()
    # Which parts were found: a digest of their names and sizes.
    parts = fields.StringField(default="")
    # Which of them are in the joined file: name and size_bytes of each; and which cannot be read.
    joined = fields.ListField(fields.DictField())
    unreadable = fields.ListField(fields.StringField())
    parts_dropped_at = fields.DateTimeField()
    ladder = fields.StringField(default="waiting")
    ladder_done = fields.IntField(default=0)
    progress = fields.IntField(default=0)
    qualities = fields.ListField(fields.IntField())
    due_at = fields.DateTimeField()
    tries = fields.IntField(default=0)
    alerted = fields.StringField(default="")
    removed_reason = fields.StringField(default="")
    purged_at = fields.DateTimeField()

    meta = {
        "collection": "recordings",
        "queryset_class": RecordingQuerySet,
        "indexes": [
            {"fields": ["broadcast_id"], "unique": True},
            ["state", "visibility", "-id"],
            ["creator_id", "state", "-id"],
            ["due_at"],
            ["state", "stored_at"],
        ],
    }

    @override
    def __str__(self) -> str:
        return f"{self.title} ({self.state})"

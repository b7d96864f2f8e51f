"""Clip: a span somebody cut out of a recording or of what is on air."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from typing_extensions import override

from kit.documents import Announcing, QuerySet, announce, fields
from kit.events import Event

UNFINISHED: Final = ("queued", "processing")


class ClipQuerySet(QuerySet):
    """queued → processing → ready | failed, each one conditional write; any of them → removed."""

    def begin(self, clip_id: str, *, due_at: datetime) -> Clip | None:
        """Count a try; None where the clip is finished or gone."""
        found: Clip | None = self.filter(id=clip_id, state__in=UNFINISHED).modify(
            set__state="processing", set__due_at=due_at, inc__tries=1, new=True
        )
        return found

    def note_progress(self, clip_id: str, progress: int) -> bool:
        return bool(self.filter(id=clip_id, state="processing").update(set__progress=progress))

    def mark_ready(self, clip_id: str, *, values: dict[str, object], announcing: Event) -> bool:
        changes = {f"set__{name}": value for name, value in values.items()}
        return bool(
            self.filter(id=clip_id, state="processing").modify(
                set__state="ready",
                set__ready_at=announcing.at,
                set__progress=100,
                unset__due_at=True,
                push_all__outbox=announce(announcing),
                **changes,
            )
        )

    def mark_failed(self, clip_id: str, *, error: str, announcing: Event) -> bool:
        return bool(
            self.filter(id=clip_id, state__in=UNFINISHED).modify(
                set__state="failed",
                set__error=error,
                unset__due_at=True,
                push_all__outbox=announce(announcing),
            )
        )

    def of_broadcast(self, broadcast_id: str) -> ClipQuerySet:
        found: ClipQuerySet = self.filter(broadcast_id=broadcast_id)
        return found

    def remove_all(self) -> int:
        return int(
            self.filter(state__ne="removed").update(set__state="removed", unset__due_at=True)
        )

    def remove(self, clip_id: str) -> bool:
        return bool(
            self.filter(id=clip_id, state__ne="removed").update(
                set__state="removed", unset__due_at=True
            )
        )


class Clip(Announcing):
    """Cut from a recording between two moments, or from segments named when it was asked for."""

    broadcast_id = fields.StringField(required=True)
    recording_id = fields.StringField(default="")
    creator_id = fields.StringField(required=True)
    title = fields.StringField(default="", max_length=140)
    mode = fields.StringField(required=True)
    state = fields.StringField(required=True, default="queued")
    start_s = fields.FloatField(default=0.0)
    end_s = fields.FloatField(default=0.0)
    # Of what was on air: the files of the moment of asking, as the window slides on.
    last_s = fields.FloatField(default=0.0)
    files = fields.ListField(fields.StringField())
    storage_name = fields.StringField(default="")
    duration_s = fields.FloatField(default=0.0)
    size_bytes = fields.LongField(default=0)
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    sha256 = fields.StringField(default="")
    progress = fields.IntField(default=0)
    ready_at = fields.DateTimeField()
    error = fields.StringField(default="")
    due_at = fields.DateTimeField()
    tries = fields.IntField(default=0)

    meta = {
        "collection": "clips",
        "queryset_class": ClipQuerySet,
        "indexes": [
            ["broadcast_id", "-id"],
            ["recording_id", "-id"],
            ["due_at"],
        ],
    }

    @override
    def __str__(self) -> str:
        return f"{self.title or self.id} ({self.state})"

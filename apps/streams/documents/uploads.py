"""Upload: a finished video that comes from a phone, piece by piece."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import override

from apps.streams.rules.uploads import STATES
from apps.streams.rules.visibility import VISIBILITIES
from kit.documents import Base, QuerySet, fields


class UploadQuerySet(QuerySet):
    """An upload moves forward only; each move is one conditional write."""

    def note(self, upload_id: str, *, received_bytes: int, expires_at: datetime) -> bool:
        """Keep how much has arrived, for lists; how much really did, the spool knows."""
        return bool(
            self.filter(id=upload_id, state="uploading").update(
                max__received_bytes=received_bytes, set__expires_at=expires_at
            )
        )

    def begin_check(self, upload_id: str, *, now: datetime) -> bool:
        return bool(
            self.filter(id=upload_id, state="uploading").update(
                set__state="checking", set__complete_at=now
            )
        )

    def finish(self, upload_id: str, *, recording_id: str) -> bool:
        return bool(
            self.filter(id=upload_id, state="checking").update(
                set__state="stored", set__recording_id=recording_id
            )
        )

    def fail(self, upload_id: str, *, code: str, error: str) -> bool:
        return bool(
            self.filter(id=upload_id, state="checking").update(
                set__state="failed", set__code=code, set__error=error
            )
        )

    def cancel(self, upload_id: str, *, by: str) -> bool:
        return bool(
            self.filter(id=upload_id, state="uploading").update(
                set__state="cancelled", set__cancelled_by=by
            )
        )

    def expire(self, upload_id: str, *, now: datetime) -> bool:
        """Give one up; a piece that has just arrived wins."""
        idle = self.filter(id=upload_id, state="uploading", expires_at__lt=now)
        return bool(idle.update(set__state="expired"))

    def mark_cleared(self, upload_id: str) -> None:
        """Note that nothing of it is left in the spool."""
        self.filter(id=upload_id).update(set__spooled=False)


class Upload(Base):
    """What a phone sends; its bytes grow in the spool under this id until it is a recording."""

    creator_id = fields.StringField(required=True)
    filename = fields.StringField(default="", max_length=255)
    title = fields.StringField(required=True, max_length=140)
    visibility = fields.StringField(required=True, choices=VISIBILITIES)
    length_bytes = fields.LongField(required=True)
    received_bytes = fields.LongField(required=True, default=0)
    sha256 = fields.StringField(default="")
    state = fields.StringField(required=True, default="uploading", choices=STATES)
    spooled = fields.BooleanField(required=True, default=True)
    expires_at = fields.DateTimeField(required=True)
    complete_at = fields.DateTimeField()
    recording_id = fields.StringField(default="")
    code = fields.StringField(default="")
    error = fields.StringField(default="")
    cancelled_by = fields.StringField(default="")

    meta = {
        "collection": "uploads",
        "queryset_class": UploadQuerySet,
        "indexes": [
            ["creator_id", "-id"],
            ["state", "-id"],
            ["state", "expires_at"],
            ["spooled", "state"],
        ],
    }

    @override
    def __str__(self) -> str:
        return f"{self.title} ({self.state})"

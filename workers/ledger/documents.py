"""DeadLetterRow and its body's parts, as MongoDB stores them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from mongoengine.errors import NotUniqueError

from kit.documents import Base, QuerySet, fields
from workers.ledger import rules

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class DeadLetterQuerySet(QuerySet):
    """Writes of dead letters; each is one conditional update, so that one of two wins."""

    def add(self, **values: Any) -> bool:
        """Insert a letter; False where it died before."""
        try:
            DeadLetterRow(**values).save(force_insert=True)
        except NotUniqueError:
            return False
        return True

    def count_death(self, mark: str, *, death: str, **latest: Any) -> bool:
        """Let a letter of before wait again; False where this very death is written down."""
        return bool(
            self.filter(mark=mark, death__ne=death).update_one(
                set__death=death,
                set__state="waiting",
                set__claimed_until=NEVER,
                inc__deaths=1,
                **{f"set__{name}": value for name, value in latest.items()},
            )
        )

    def claim(self, row_id: str, *, by: str, now: datetime, until: datetime) -> bool:
        """Take a waiting letter in hand; False where it does not wait or another has it."""
        waiting = self.filter(id=row_id, state="waiting", claimed_until__lt=now)
        return bool(waiting.update_one(set__claimed_until=until, set__claimed_by=by))

    def release(self, row_id: str, *, by: str) -> None:
        self.filter(id=row_id, state="waiting", claimed_by=by).update_one(set__claimed_until=NEVER)

    def settle(self, row_id: str, *, deaths: int, **values: Any) -> bool:
        """Say what became of a letter; False where it died anew since it had `deaths`."""
        waiting = self.filter(id=row_id, state="waiting", deaths=deaths)
        return bool(
            waiting.update_one(**{f"set__{name}": value for name, value in values.items()})
        )

    def count_replay(self, row_id: str) -> None:
        self.filter(id=row_id).update_one(inc__replays=1)


class DeadLetterRow(Base):
    """A letter found in a dead queue; `mark` keeps it to one row a queue and letter id."""

    mark = fields.StringField(required=True)
    letter_id = fields.StringField(required=True)
    kind = fields.StringField(required=True)
    name = fields.StringField()
    queue = fields.StringField(required=True)
    code = fields.StringField(required=True)
    reason = fields.StringField()
    traceback = fields.StringField()
    tries = fields.IntField(required=True)
    deaths = fields.IntField(required=True, default=1)
    replays = fields.IntField(required=True, default=0)
    died_at = fields.DateTimeField(required=True)
    # tells one death from the next, which died_at in whole milliseconds may not
    death = fields.StringField(required=True)
    request_id = fields.StringField()
    state = fields.StringField(required=True, choices=rules.STATES, default="waiting")
    claimed_until = fields.DateTimeField(required=True, default=NEVER)
    claimed_by = fields.StringField()
    settled_by = fields.StringField()
    settled_at = fields.DateTimeField()
    note = fields.StringField()
    content_type = fields.StringField()
    content_encoding = fields.StringField()
    # JSON text, as names of headers may hold what names of fields may not
    headers = fields.StringField()
    body = fields.StringField()
    body_form = fields.StringField(required=True)
    body_bytes = fields.IntField(required=True)
    body_parts = fields.IntField(required=True, default=0)

    meta = {
        "collection": "dead_letters",
        "queryset_class": DeadLetterQuerySet,
        "indexes": [
            {"fields": ["mark"], "unique": True},
            ["state", "id"],
            ["state", "queue", "id"],
            ["state", "name", "id"],
            ["state", "code", "id"],
            ["letter_id", "id"],
            ["state", "settled_at"],
        ],
    }


class BodyPart(Base):
    """A piece of a packed body that is too long for its row; `_id` is mark and position."""

    mark = fields.StringField(required=True)
    text = fields.StringField(required=True)

    meta = {"collection": "dead_letter_parts", "indexes": [["mark"]]}

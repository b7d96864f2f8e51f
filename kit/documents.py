"""The bases of every MongoDB document, and the outbox that announces in the same write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from mongoengine import Document, QuerySet, fields

from kit import mongo
from kit.events import Event
from kit.ids import new_id


def utc_now() -> datetime:
    return datetime.now(UTC)


class Base(Document):
    """A document under a ULID string, so that order of id is order of birth."""

    id = fields.StringField(primary_key=True, default=new_id)
    created_at = fields.DateTimeField(required=True, default=utc_now)

    objects: Any
    # Indexes are made by `manage.py documents_sync`, not by whichever process comes first.
    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}


class Announcing(Base):
    """A document whose writes announce events.

    The event is pushed to `outbox` by the write it belongs to, so that state and fact cannot
    disagree; `workers.relay` publishes it and takes it out again.
    """

    outbox = fields.ListField(fields.DictField())

    meta = {"abstract": True, "indexes": ["outbox.id"]}


def announce(*events: Event) -> list[dict[str, Any]]:
    """Return what a write pushes to `outbox` for these events."""
    return [event.envelope() for event in events]


def every_document(base: type[Document] = Base) -> Iterator[type[Document]]:
    """Yield each stored document class below a base."""
    for kind in base.__subclasses__():
        if not kind._meta.get("abstract"):  # noqa: SLF001 (mongoengine keeps it there)
            yield kind
        yield from every_document(kind)


def sync_indexes() -> list[str]:
    """Create every declared index; return their names. Safe to repeat."""
    embedded = mongo.is_embedded()
    made = []
    for kind in every_document():
        collection = kind._get_collection()  # noqa: SLF001
        for spec in kind._meta["index_specs"]:  # noqa: SLF001
            wanted = dict(spec)
            keys = [key for key in wanted.pop("fields") if not (embedded and key[0] == "_id")]
            wanted.pop("cls", None)
            made.append(f"{collection.name}.{collection.create_index(keys, **wanted)}")
    return made


__all__ = [
    "Announcing",
    "Base",
    "QuerySet",
    "announce",
    "every_document",
    "fields",
    "sync_indexes",
    "utc_now",
]

"""The bases of every MongoDB document, and the outbox that announces in the same write."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, TypeVar

import mongoengine
from mongoengine import Document, OperationError, fields
from pymongo.errors import OperationFailure
from typing_extensions import override

from kit import mongo
from kit.events import Event
from kit.ids import new_id

T = TypeVar("T")

# Before a write that was undone is tried again: at most this long, in seconds.
PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4)
WRITE_CONFLICT: Final = 112


def utc_now() -> datetime:
    return datetime.now(UTC)


def until_it_stands(write: Callable[..., T], *args: Any, **options: Any) -> T:
    """Write, and again where the engine undid it in favour of another write.

    MongoDB does so by itself. Engines on PostgreSQL end a deadlock of two writes to one document
    by failing one of them.

    Raises:
        OperationError: it was undone five times, or failed for another reason.

    """
    for pause in PAUSES_S:
        try:
            return write(*args, **options)
        except OperationError as failure:
            if not _was_undone(failure.__context__):
                raise
            time.sleep(random.uniform(0, pause))  # noqa: S311 (jitter)
    return write(*args, **options)


def _was_undone(failure: BaseException | None) -> bool:
    if not isinstance(failure, OperationFailure):
        return False
    return failure.code == WRITE_CONFLICT or "deadlock detected" in str(failure)


class QuerySet(mongoengine.QuerySet):
    @override
    def update(self, *args: Any, **changes: Any) -> Any:
        return until_it_stands(super().update, *args, **changes)

    @override
    def modify(self, *args: Any, **changes: Any) -> Any:
        return until_it_stands(super().modify, *args, **changes)


class Base(Document):
    """A document under a ULID string, so that order of id is order of birth."""

    id = fields.StringField(primary_key=True, default=new_id)
    created_at = fields.DateTimeField(required=True, default=utc_now)

    objects: Any
    # Indexes are made by `manage.py documents_sync`, not by whichever process comes first.
    meta: ClassVar[dict[str, Any]] = {
        "abstract": True,
        "auto_create_index": False,
        "queryset_class": QuerySet,
    }

    @override
    def save(self, *args: Any, **options: Any) -> Any:
        return until_it_stands(super().save, *args, **options)


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
    "until_it_stands",
    "utc_now",
]

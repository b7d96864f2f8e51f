"""An event of the tests' own, documents that announce it, and a subscriber that remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from apps.streams.documents.broadcasts import Broadcast
from kit import request_ids
from kit.documents import announce
from kit.errors import Unavailable
from kit.events import Event
from tests.conftest import NOON


@dataclass(frozen=True, kw_only=True, slots=True)
class Rang(Event):
    """No context reacts to it."""

    key: ClassVar[str] = "bell.rang"
    tune: str


class Asleep(Unavailable):
    code = "asleep"
    sentence = "Not now."


class Ear:
    """Remembers what it heard, and fails as often as it was told to."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.request_ids: list[str] = []
        self.failures: list[Exception] = []

    def __call__(self, event: Rang) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.heard.append(event.tune)
        self.request_ids.append(request_ids.current())


def a_document_that_announces(*tunes: str) -> str:
    """Return the id of a document whose outbox holds an event a tune."""
    return a_document_with(*announce(*(Rang(at=NOON, tune=tune) for tune in tunes)))


def a_document_with(*elements: Any) -> str:
    """Return the id of a document with these elements in its outbox, whatever they are."""
    made = Broadcast(
        creator_id="a",
        title="Bells",
        state="ready",
        visibility="public",
        reconnect_window_s=60,
    ).save()
    if elements:
        push(str(made.id), *elements)
    return str(made.id)


def push(document_id: str, *elements: Any) -> None:
    collection = Broadcast._get_collection()
    collection.update_one({"_id": document_id}, {"$push": {"outbox": {"$each": list(elements)}}})


def outbox(document_id: str) -> list[Any]:
    found = Broadcast._get_collection().find_one({"_id": document_id}) or {}
    return list(found.get("outbox", []))

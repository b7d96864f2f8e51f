"""What every test stands on: empty stores, and NOON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest
from django.conf import settings
from django_redis import get_redis_connection
from pymongo import monitoring
from typing_extensions import override

from gateway import limits
from kit import mongo, request_ids
from kit.documents import sync_indexes

NOON: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Touched(monitoring.CommandListener):
    """Remembers which collections were written to: emptying them all costs more than a test."""

    WRITES: Final = frozenset({"insert", "update", "findAndModify"})

    def __init__(self) -> None:
        self.names: set[str] = set()

    @override
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in self.WRITES:
            self.names.add(event.command[event.command_name])

    @override
    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    @override
    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


TOUCHED: Final = Touched()
monitoring.register(TOUCHED)


@pytest.fixture(scope="session", autouse=True)
def _documents() -> None:
    mongo.connect(settings.MONGODB_URL)
    sync_indexes()
    for name in mongo.database().list_collection_names():
        mongo.database()[name].delete_many({})


@pytest.fixture(autouse=True)
def _empty_stores(_documents: None) -> None:
    """Every test starts with nothing in the document server and in Redis."""
    while TOUCHED.names:
        mongo.database()[TOUCHED.names.pop()].delete_many({})
    get_redis_connection("default").flushall()
    limits.absence.end()  # of a test that sent Redis away; for a second it would last
    request_ids.bind("test")

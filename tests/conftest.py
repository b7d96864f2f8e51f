"""What every test stands on: empty stores, and the clip that is real video."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest
from django.conf import settings
from django_redis import get_redis_connection

from kit import mongo, request_ids
from kit.documents import sync_indexes

NOON: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def _documents() -> None:
    mongo.connect(settings.MONGODB_URL)
    sync_indexes()


@pytest.fixture(autouse=True)
def _empty_stores(_documents: None) -> None:
    """Every test starts with nothing in the document server and in Redis."""
    database = mongo.database()
    for name in database.list_collection_names():
        database[name].delete_many({})
    get_redis_connection("default").flushall()
    request_ids.bind("test")

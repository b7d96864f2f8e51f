"""A document server that is away, for what must stand without it."""

from __future__ import annotations

from collections.abc import Iterator

import mongoengine
import pytest
from django.conf import settings

from kit import mongo


@pytest.fixture
def documents_away(_empty_stores: None) -> Iterator[None]:
    """Point every document class at a port where nobody listens, and be quick to notice."""
    mongoengine.disconnect()
    mongoengine.connect(
        host="mongodb://127.0.0.1:1/away",
        connect=False,
        uuidRepresentation="standard",
        serverSelectionTimeoutMS=100,
    )
    yield
    mongo.connect(settings.MONGODB_URL)

"""What the tests of previews share: footage, made once a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings

from apps.previews import wiring
from apps.streams import wiring as streams_wiring
from apps.streams.adapters.memory import Memory
from kit import broker, documents
from tests.previews.media import Studio
from workers import topology


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="session")
def indexes(_documents: None) -> None:
    """The unique index is what makes one set of two."""
    documents.sync_indexes()


@pytest.fixture
def engine() -> Iterator[Memory]:
    """Both adapters from memory, and an engine to put footage into."""
    adapters = (wiring.maker, streams_wiring.media_engine)
    with override_settings(
        PREVIEWS_MAKER=("memory.MemoryMaker", {}), STREAMS_MEDIA_ENGINE=("memory.Memory", {})
    ):
        for adapter in adapters:
            adapter.cache_clear()
        made = streams_wiring.media_engine()
        assert isinstance(made, Memory)
        yield made
    for adapter in adapters:
        adapter.cache_clear()


@pytest.fixture
def queues() -> None:
    """Celery declares a queue once a process; the tests before emptied the broker since."""
    with broker.connection() as connection:
        topology.declare(connection)

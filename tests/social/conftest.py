"""The ground of these tests: one sandbox for all, and YouTube in memory for the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

import sandbox
from apps.social import wiring
from apps.social.adapters.memory import MemoryYouTube
from sandbox import client
from sandbox.threaded import StandIns
from tests.social import broker


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with sandbox.serve(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def google(stand_ins: StandIns) -> Iterator[StandIns]:
    """The sandbox with an empty ledger, no faults and a full quota."""
    client.clear(stand_ins.google_url)
    client.tell(stand_ins.google_url, "quota", {"uploads_left": 100, "units_left": 10_000})
    client.tell(stand_ins.google_url, "processing", {"polls": 2, "failure": None})
    yield stand_ins
    client.clear(stand_ins.google_url)


@pytest.fixture
def wired(settings: Settings) -> Iterator[MemoryYouTube]:
    """The whole application on a YouTube in memory."""
    settings.SOCIAL_YOUTUBE = ("memory.MemoryYouTube", {})
    wiring.youtube.cache_clear()
    site = wiring.youtube()
    assert isinstance(site, MemoryYouTube)
    yield site
    wiring.youtube.cache_clear()


@pytest.fixture
def queues() -> None:
    broker.declare()

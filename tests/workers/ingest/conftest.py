"""One hook, one ingest and one clip serve most tests of this folder; keys keep them apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.ingest.stand import Hook, Ingest, a_clip, an_ingest, eventually


@pytest.fixture(scope="session", autouse=True)
def _documents() -> None:
    """The ingest knows no documents: none need be served for its tests."""


@pytest.fixture(autouse=True)
def _empty_stores() -> None:
    """Nor stores."""


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_clip(tmp_path_factory.mktemp("clip") / "clip.flv")


@pytest.fixture(scope="session")
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.close()


@pytest.fixture(scope="session")
def shared(hook: Hook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    folder = tmp_path_factory.mktemp("ingest")
    hurried = ("--heartbeat-s", "0.5", "--idle-s", "3", "--handshake-s", "2")
    with an_ingest(folder, hook.url, *hurried) as ingest:
        yield ingest


@pytest.fixture
def ingest(shared: Ingest) -> Iterator[Ingest]:
    yield shared
    shared.leave_nothing()
    shared.encoders.clear()
    # The ingest hears of a killed encoder when it gets to it: the next test may count sessions.
    assert eventually(lambda: shared.sessions() == 0)

"""One sandbox for the folder; every test finds ledger, faults and tables empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sandbox
from sandbox import client
from sandbox.threaded import StandIns


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with sandbox.serve(tmp_path_factory.mktemp("sandbox")) as stand_ins:
        yield stand_ins


@pytest.fixture
def stand_ins(running: StandIns, request: pytest.FixtureRequest) -> StandIns:
    """The sandbox, with those stand-ins as new that the module's USES names."""
    for name in request.module.USES:
        client.reset(getattr(running, name))
    return running

"""What the gateway's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from pymongo import monitoring
from typing_extensions import override

from kit import mongo


class Recorder(monitoring.CommandListener):
    """Notes the reads that reach the document server while it is switched on."""

    def __init__(self) -> None:
        self.is_on = False
        self.reads: list[str] = []

    @override
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.is_on and event.command_name in {"find", "aggregate", "count", "distinct"}:
            self.reads.append(f"{event.command_name} {event.command[event.command_name]}")

    @override
    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    @override
    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@pytest.fixture(scope="session")
def _recorder(_documents: None) -> Recorder:
    recorder = Recorder()
    monitoring.register(recorder)
    mongo.connect(settings.MONGODB_URL)  # only clients made from now on are listened to
    return recorder


@pytest.fixture
def reads(_recorder: Recorder) -> Iterator[list[str]]:
    """The reads of the test so far, as `find broadcasts`."""
    _recorder.reads.clear()
    _recorder.is_on = True
    yield _recorder.reads
    _recorder.is_on = False

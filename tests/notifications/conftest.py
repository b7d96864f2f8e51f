"""A fresh stage for each test, and the stand-ins of both providers."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
from pytest_django import Settings

import sandbox
from apps.notifications import wiring
from apps.notifications.adapters.memory import Memory
from sandbox import client
from sandbox.threaded import StandIns
from tests.notifications import broker
from tests.notifications.builders import Stage

# A machine that is busy makes an example slow, not wrong.
hypothesis.settings.register_profile("busy", deadline=None)
hypothesis.settings.load_profile("busy")


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with sandbox.serve(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def stand_ins(_running: StandIns) -> StandIns:
    """The stand-ins with an empty ledger, no faults and every device alive."""
    for url in (_running.fcm_url, _running.apns_url, _running.google_url):
        client.clear(url)
    for url in (_running.fcm_url, _running.apns_url):
        client.undo(url, "devices")
    client.undo(_running.apns_url, "provider-tokens")
    client.tell(_running.apns_url, "provider-tokens", {"limit": 10})
    return _running


@pytest.fixture
def wired(settings: Settings) -> Iterator[list[Memory]]:
    """The whole application on providers in memory: FCM, then APNs."""
    settings.NOTIFICATIONS_FCM = ("memory.Memory", {})
    settings.NOTIFICATIONS_APNS = ("memory.Memory", {})
    wiring.push_providers.cache_clear()
    made = list(wiring.push_providers().values())
    yield [provider for provider in made if isinstance(provider, Memory)]
    wiring.push_providers.cache_clear()


@pytest.fixture
def queues() -> None:
    broker.declare()

"""What RabbitMQ's management API adds to `manage.py queues`, from a node that has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from kombu import Connection

from config.env import environment
from kit import broker
from tests.services import free_port, rabbitmq, wait_until
from workers import topology
from workers.queues import readings

pytestmark = [pytest.mark.rabbitmq, pytest.mark.waits]


@pytest.fixture
def node(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Connection, int]]:
    """A node with the plugin, and every process pointed at it; yields its API's port."""
    port = free_port()
    with rabbitmq(tmp_path / "rabbitmq", management_port=port) as url:
        settings.CELERY = {**django_settings.CELERY, "broker_url": url}
        settings.CELERY["broker_transport_options"] = {"confirm_publish": True}
        with broker.connection() as connection:
            topology.declare(connection)
            yield connection, port
    environment.cache_clear()


def in_hand(name: str) -> int | None:
    return next(one.unacked for one in readings.read() if one.name == name)


def test_it_knows_what_is_in_hand(
    node: tuple[Connection, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, port = node
    connection.Producer(auto_declare=False).publish(b"[]", exchange="", routing_key="social")
    opened: Any = connection.channel()
    with closing(opened) as channel:
        assert wait_until(lambda: channel.basic_get("social") is not None, within_s=10)
        assert in_hand("social") is None

        point_at(f"http://guest:guest@127.0.0.1:{port}", monkeypatch)

        assert wait_until(lambda: in_hand("social") == 1, within_s=30)
        assert in_hand("previews") == 0


def test_it_may_be_away(node: tuple[Connection, int], monkeypatch: pytest.MonkeyPatch) -> None:
    point_at("http://127.0.0.1:1", monkeypatch)

    assert in_hand("social") is None


def point_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_MANAGEMENT_URL", url)
    environment.cache_clear()

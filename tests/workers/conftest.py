"""Both brokers for the workers' tests, each with queues of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from kombu import Connection

from kit import broker, subscriptions
from tests.accounts.away import documents_away as documents_away
from tests.workers.bells import Ear, Rang
from workers import topology


@pytest.fixture(params=["redis", pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)])
def on_broker(request: pytest.FixtureRequest, settings: Any) -> Iterator[Connection]:
    """Point every process at one broker with empty queues."""
    if request.param == "rabbitmq":
        yield from on(os.environ["AMQP_URL"], settings)
    else:
        yield from on(django_settings.CELERY["broker_url"], settings)


@pytest.fixture
def on_rabbitmq(settings: Any) -> Iterator[Connection]:
    yield from on(os.environ["AMQP_URL"], settings)


def on(url: str, settings: Any) -> Iterator[Connection]:
    if url.startswith("amqp"):
        settings.CELERY = {
            **django_settings.CELERY,
            "broker_url": url,
            "broker_transport_options": {"confirm_publish": True},
        }
    with broker.connection() as connection:
        topology.declare(connection)
        yield connection
        delete(connection, *broker.queue_names())


@pytest.fixture
def ear(on_broker: Connection) -> Iterator[Ear]:
    yield from listening(on_broker)


def listening(connection: Connection) -> Iterator[Ear]:
    ear = Ear()
    row = subscriptions.Subscription("tests", Rang, ear)
    subscriptions.TABLE.append(row)
    topology.declare(connection)
    yield ear
    delete(connection, "events.tests", "dead.events.tests")
    subscriptions.TABLE.remove(row)


def delete(connection: Any, *names: str) -> None:
    with connection.channel() as channel:
        for name in names:
            channel.queue_delete(name)

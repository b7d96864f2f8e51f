"""Both brokers for the workers' tests, and letters to bury in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.conf import settings as django_settings
from kombu import Connection

from kit import broker
from tests.accounts.away import documents_away as documents_away
from workers import topology


@pytest.fixture(params=["redis", pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)])
def on_broker(request: pytest.FixtureRequest, settings: Any) -> Iterator[Connection]:
    """Point every process at one broker with empty queues."""
    if request.param == "rabbitmq":
        settings.CELERY = {
            **django_settings.CELERY,
            "broker_url": os.environ["AMQP_URL"],
            "broker_transport_options": {"confirm_publish": True},
        }
    with broker.connection() as connection:
        topology.declare(connection)
        yield connection
        opened: Any = connection.channel()
        with closing(opened) as channel:
            for name in broker.queue_names():
                channel.queue_delete(name)

"""The number of viewers on /metrics, also with Redis away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from apps.streams import wiring
from apps.streams.adapters.redis_presence import RedisAudience
from tests.streams.watching import watch


@pytest.fixture(autouse=True)
def _own_adapters() -> Iterator[None]:
    wiring.audience.cache_clear()
    yield
    wiring.audience.cache_clear()


def scraped() -> list[str]:
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    lines = answer.content.decode().splitlines()
    return [line for line in lines if line.startswith("showrunner_viewers")]


class TestViewerGauge:
    def test_adds_up_every_broadcast(self) -> None:
        audience = RedisAudience(url=django_settings.REDIS_STATE_URL)
        for broadcast_id, viewer_id in (("one", "ada"), ("two", "ada"), ("two", "eve")):
            watch(
                audience, broadcast_id, viewer_id=viewer_id, since=datetime.now(UTC), seconds=(0,)
            )

        assert scraped() == ["showrunner_viewers 3.0"]

    def test_has_no_sample_where_nobody_knows(self, settings: Settings) -> None:
        settings.STREAMS_AUDIENCE = (
            "redis_presence.RedisAudience",
            {"url": "redis://127.0.0.1:1/0"},
        )

        assert scraped() == []

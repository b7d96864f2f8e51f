"""A slice begins with a lock and a count in Redis; where those are away, it is tried again."""

from __future__ import annotations

from typing import Any

import pytest
from celery.exceptions import Retry

from kit import broker
from kit.slices import SlicedTask
from tests.gateway.builders import caches_with
from workers import topology
from workers.app import app

NOBODY = "redis://127.0.0.1:1/1"


@app.task(name="default.cut", base=SlicedTask)
def cut(*, name: str) -> bool:
    return False


class TestSlicedTask:
    def test_is_tried_again_when_the_state_server_is_away(self, settings: Any) -> None:
        settings.CACHES = caches_with("state", NOBODY)
        with broker.connection() as connection:
            topology.declare(connection)
            cut.push_request(id="c1", called_directly=False, retries=0, kwargs={"name": "a"})

            with pytest.raises(Retry, match="again in"):
                cut(name="a")

            channel: Any = connection.default_channel
            message = channel.basic_get("default", no_ack=True)
        cut.pop_request()
        assert (message.headers["id"], message.headers["retries"]) == ("c1", 1)

"""A queue of the test's own on a stage's exchange: what was announced while nobody listened."""

from __future__ import annotations

import json
from typing import Any

from kombu import Connection, Exchange, Queue

from kit.ids import new_id


class Ear:
    """Hears events of some keys; each look opens a connection, as the broker may have died."""

    def __init__(self, broker_url: str, *keys: str) -> None:
        self.heard: list[tuple[str, str]] = []
        self._url = broker_url
        events = Exchange("showrunner.events", type="topic", durable=True)
        self._queue = Queue(f"journey.{new_id()}", durable=True)
        with self._connected() as connection, _opened(connection) as channel:
            events(channel).declare()
            self._queue(channel).declare()
            for key in keys:
                self._queue(channel).bind_to(events, routing_key=key)

    def listen(self) -> list[tuple[str, str]]:
        """Take what arrived; return (key, broadcast id) of all events heard so far."""
        with self._connected() as connection, _opened(connection) as channel:
            while message := channel.basic_get(self._queue.name, no_ack=True):
                envelope = json.loads(message.body)
                self.heard.append((envelope["key"], envelope["data"]["broadcast_id"]))
        return self.heard

    def _connected(self) -> Connection:
        return Connection(self._url, connect_timeout=3)


def _opened(connection: Any) -> Any:
    """Return a channel; its class depends on the transport, and kombu's stubs name neither."""
    return connection.channel()

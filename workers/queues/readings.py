"""What a broker says of its queues, over plain AMQP, the management API, or Redis."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx
import structlog
from django.conf import settings

from config.env import environment
from kit import broker
from kit.broker import BrokerDown
from workers.queues.contracts import Reading

log = structlog.get_logger()

MANAGEMENT_S: Final = 3.0
# Beyond so many messages in hand, Redis is not asked whose they are.
MOST_IN_HAND: Final = 5_000


def read() -> list[Reading]:
    """Return a reading of every queue, dead ones included; a queue that is not there is empty.

    Raises:
        BrokerDown: nobody answered within broker.CONNECT_S.

    """
    try:
        with broker.connection() as opened:
            opened.ensure_connection(max_retries=1, interval_start=0, timeout=broker.CONNECT_S)
            return _over_amqp(opened) if is_amqp() else _over_redis(opened)
    except broker.AWAY as down:
        raise BrokerDown from down


def is_amqp() -> bool:
    return str(settings.CELERY["broker_url"]).startswith("amqp")


def _over_amqp(opened: Any) -> list[Reading]:
    """Ask passively: a message that is looked at by taking it counts as delivered."""
    told = _unacked_by_management()
    found = []
    channel = opened.channel()
    for name in broker.queue_names():
        try:
            counted = channel.queue_declare(queue=name, passive=True)
            found.append(
                Reading(name, counted.message_count, told.get(name), counted.consumer_count)
            )
        except opened.channel_errors:  # it closes the channel as well
            channel = opened.channel()
            found.append(Reading(name, 0, 0, 0))
    return found


def _unacked_by_management() -> dict[str, int]:
    """Return messages in hand by queue; nothing where the API is not there, or does not answer."""
    url = environment().broker_management_url
    if not url:
        return {}
    host = quote(urlsplit(str(settings.CELERY["broker_url"])).path[1:] or "/", safe="")
    columns = {"columns": "name,messages_unacknowledged"}
    try:
        answer = httpx.get(f"{url}/api/queues/{host}", params=columns, timeout=MANAGEMENT_S)
        answer.raise_for_status()
        return {row["name"]: int(row["messages_unacknowledged"]) for row in answer.json()}
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as failure:
        log.warning("management api away", error=str(failure)[:200])
        return {}


def _over_redis(opened: Any) -> list[Reading]:
    """Read kombu's lists: a queue is a list a priority, its next message at the right end."""
    channel = opened.channel()
    client, names = channel.client, broker.queue_names()
    keys = {
        name: [channel._q_for_pri(name, step) for step in channel.priority_steps]  # noqa: SLF001
        for name in names
    }
    pipe = client.pipeline(transaction=False)
    for lists in keys.values():
        for one in lists:
            pipe.llen(one)
            pipe.lindex(one, -1)
    answers = iter(pipe.execute())
    in_hand = _in_hand(client, channel.unacked_key)
    found = []
    for name, lists in keys.items():
        pairs = [(next(answers), next(answers)) for _ in lists]
        heads = [sent_at(head) for _, head in pairs if head]
        known = [one for one in heads if one is not None]
        unacked = in_hand.get(name, 0) if in_hand is not None else None
        # one event in hand may be of any context that wants it
        is_shared = name.startswith(("events.", "dead."))
        found.append(
            Reading(
                name,
                sum(count for count, _ in pairs),
                None if is_shared else unacked,
                None,
                min(known, default=None),
            )
        )
    return found


def _in_hand(client: Any, key: str) -> dict[str, int] | None:
    if client.hlen(key) > MOST_IN_HAND:
        return None
    found: dict[str, int] = {}
    for name in _queues_of(client.hvals(key)):
        found[name] = found.get(name, 0) + 1
    return found


def _queues_of(kept: Iterable[bytes]) -> Iterable[str]:
    for one in kept:
        with suppress(ValueError, TypeError):
            _message, _exchange, routing_key = json.loads(one)
            yield str(routing_key)


def sent_at(kept: bytes) -> float | None:
    """Return when a message was sent, as a task's header or an event's envelope tells."""
    try:
        message = json.loads(kept)
        headers = message.get("headers") or {}
        if "sent_at" in headers:
            return float(headers["sent_at"])
        body = message["body"]
        if message["properties"].get("body_encoding") == "base64":
            body = base64.b64decode(body)
        return datetime.fromisoformat(json.loads(body)["at"]).timestamp()
    except (AttributeError, KeyError, TypeError, ValueError):
        return None

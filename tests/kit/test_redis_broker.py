"""Redis as a broker, against a real one: what is taken is written down by the same command."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from kombu import Consumer, Queue

from kit import broker
from tests.services import wait_until

QUEUE = Queue("taken")


@pytest.fixture
def connection() -> Iterator[Any]:
    with broker.connection() as connection:
        QUEUE(connection.default_channel).declare()
        yield connection


@pytest.fixture
def redis(connection: Any) -> Any:
    return connection.default_channel.client


class TestMessage:
    def test_is_not_lost_with_the_process_that_took_it(self, connection: Any, redis: Any) -> None:
        publish(connection, "one")
        with broker.connection() as killed:
            channel: Any = killed.channel()
            channel.basic_consume("taken", no_ack=False, callback=print, consumer_tag="t")
            channel.connection.cycle._register_BRPOP(channel)
            assert wait_until(lambda: redis.llen("taken") == 0, within_s=5)
            channel.client.connection.disconnect()  # with the answer unread
            channel._in_poll = None

        [tag] = [tag.decode() for tag in redis.hkeys("unacked")]
        assert redis.zscore("unacked_index", tag) > 0
        connection.default_channel.qos.restore_by_tag(tag)
        assert taken(connection) == ["one"]

    @pytest.mark.waits
    def test_is_held_up_for_seconds_by_who_was_killed_while_it_handed_it_out(
        self, connection: Any, redis: Any
    ) -> None:
        publish(connection, "one")
        abandon(redis)
        child = os.fork()
        if not child:
            with broker.connection() as killed:
                channel: Any = killed.default_channel
                channel.qos.restore_by_tag = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
                channel.qos.restore_visible()
            os._exit(1)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        assert redis.exists("unacked_mutex")

        def comes_back() -> bool:
            connection.default_channel.qos.restore_visible(interval=1)
            return bool(redis.llen("taken"))

        assert not comes_back()
        assert wait_until(comes_back, within_s=20)

    def test_is_forgotten_once_it_is_acknowledged(self, connection: Any, redis: Any) -> None:
        publish(connection, "one", "two")

        assert taken(connection) == ["one", "two"]
        assert (redis.hlen("unacked"), redis.zcard("unacked_index")) == (0, 0)

    def test_is_forgotten_at_once_where_nobody_acknowledges(
        self, connection: Any, redis: Any
    ) -> None:
        publish(connection, "one")

        assert taken(connection, no_ack=True) == ["one"]
        assert redis.hlen("unacked") == 0

    def test_comes_at_once_to_who_waits(self, connection: Any) -> None:
        found: list[str] = []
        with consumer(connection, found, no_ack=False), broker.connection() as other:
            turn(connection, times=3)
            publish(other, "one")
            turn(connection, times=2)

        assert found == ["one"]


def publish(connection: Any, *bodies: str) -> None:
    for body in bodies:
        connection.Producer().publish(body, exchange="", routing_key="taken")


def abandon(redis: Any) -> None:
    """Take a message as somebody did who was killed long ago."""
    message = json.loads(redis.rpop("taken"))
    tag = message["properties"]["delivery_tag"]
    redis.hset("unacked", tag, json.dumps([message, "", "taken"]))
    redis.zadd("unacked_index", {tag: 0})


def taken(connection: Any, *, no_ack: bool = False) -> list[str]:
    found: list[str] = []
    with consumer(connection, found, no_ack=no_ack):
        turn(connection, times=4)
    return found


def consumer(connection: Any, found: list[str], *, no_ack: bool) -> Any:
    def take(body: str, message: Any) -> None:
        found.append(body)
        if not no_ack:
            message.ack()

    return Consumer(connection.channel(), [QUEUE], callbacks=[take], no_ack=no_ack)


def turn(connection: Any, *, times: int) -> None:
    for _ in range(times):
        try:
            connection.drain_events(timeout=0.2)
        except TimeoutError:
            continue

"""A broker and workers of a test's own: started, asked to stop, killed."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from kombu import Connection
from redis import Redis

from kit.broker import Producer, pool_of
from kit.ids import new_id
from kit.letters import Letter, read
from tests.journeys import rabbit
from tests.journeys.part import Part
from tests.services import documents, wait_until
from tests.services import redis as redis_server
from workers.app import app


class Staging:
    """One broker with a Redis beside it, and the workers a test starts on them."""

    def __init__(self, home: Path, variables: dict[str, str], broker: Part | None) -> None:
        self.home = home
        self.variables = variables
        self.broker = broker
        self.redis: Any = Redis.from_url(variables["REDIS_STATE_URL"], decode_responses=True)
        self._workers: list[Part] = []
        self._numbers = itertools.count(1)

    def manage(self, *words: str) -> Part:
        """Start `manage.py …` in this environment."""
        log = self.home / f"{words[0]}-{next(self._numbers)}.log"
        part = Part([sys.executable, "manage.py", *words], self.variables, log)
        part.start()
        self._workers.append(part)
        return part

    def worker(self, *words: str) -> Part:
        """Start a worker and wait until it takes tasks."""
        part = self.manage("worker", *words)
        assert wait_until(lambda: part.said("ready.") > 0, within_s=60), part.tail()
        return part

    def send(self, task: str, task_id: str = "", **kwargs: object) -> str:
        """Publish a task as the project does; return its id."""
        task_id = task_id or new_id()
        headers, properties, body, _ = app.amqp.create_task_message(task_id, task, (), kwargs)
        self.publish(
            body, routing_key=pool_of(task), headers=headers, serializer="json", **properties
        )
        return task_id

    def publish(self, body: Any, **options: Any) -> None:
        """Publish anything to the exchange of tasks."""
        with self.connection() as connection:
            Producer(connection).publish(body, exchange="showrunner.tasks", **options)

    def connection(self) -> Connection:
        return Connection(
            self.variables["BROKER_URL"],
            connect_timeout=5,
            transport_options={"confirm_publish": True} if self.is_amqp else {},
        )

    @property
    def is_amqp(self) -> bool:
        return self.variables["BROKER_URL"].startswith("amqp")

    def letters(self, queue: str) -> list[Letter]:
        """Take the dead letters of a queue."""
        found = []
        with self.connection() as connection, _opened(connection) as channel:
            while message := channel.basic_get(f"dead.{queue}", no_ack=True):
                found.append(read(channel.message_to_python(message), queue=queue))
        return found

    def ready(self, queue: str) -> int:
        """Return how many messages lie ready in a queue."""
        with self.connection() as connection, _opened(connection) as channel:
            if not self.is_amqp:
                return int(channel.client.llen(queue))  # an empty list does not exist
            return int(channel.queue_declare(queue=queue, passive=True).message_count)

    def done(self, mark: str, kind: str = "done") -> list[str]:
        found: list[str] = self.redis.lrange(f"{kind}:{mark}", 0, -1)
        return found

    def clear(self, queue: str) -> None:
        """End every worker and take away all messages of a queue, held ones included."""
        while self._workers:
            self._workers.pop().kill()
        with self.connection() as connection, _opened(connection) as channel:
            if self.is_amqp:
                # what a killed worker held comes back when RabbitMQ notices, and not before
                assert wait_until(lambda: not _consumers(channel, queue), within_s=30)
            channel.queue_purge(queue)
            if not self.is_amqp:
                channel.client.delete("unacked", "unacked_index")

    def end(self) -> None:
        for part in self._workers:
            part.end()
        self.redis.close()


@contextmanager
def a_staging(home: Path, *, broker: str, advanced: str = "", **changed: str) -> Iterator[Staging]:
    """Yield a broker of one kind (redis | rabbitmq) with its topology declared.

    `advanced` are terms for RabbitMQ, `changed` are variables of the environment.
    """
    with ExitStack() as stack:
        redis_url = stack.enter_context(redis_server(home / "redis"))
        if "MONGODB_URL" not in changed:
            # the tests empty theirs of what they wrote themselves, not of what a process did
            changed["MONGODB_URL"] = stack.enter_context(documents(home / "staged"))
        variables = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.workers.oddjobs.settings",
            "REDIS_URL": f"{redis_url}/0",
            "REDIS_STATE_URL": f"{redis_url}/1",
            "BROKER_URL": f"{redis_url}/2",
            "STARTUP_WAIT_S": "30",
            **changed,
        }
        node: dict[str, Part] = {}
        if broker == "rabbitmq":
            node, variables["BROKER_URL"] = rabbit.a_node(home / "rabbitmq", advanced=advanced)
        for part in node.values():
            part.start()
            stack.callback(part.end)
            part.wait_up()
        staging = Staging(home, variables, node.get("rabbitmq"))
        stack.callback(staging.end)
        synced = staging.manage("broker_sync")
        assert wait_until(lambda: not synced.is_running, within_s=60), synced.tail()
        assert "compared" in synced.tail(), synced.tail()
        yield staging


def _consumers(channel: Any, queue: str) -> int:
    return int(channel.queue_declare(queue=queue, passive=True).consumer_count)


def _opened(connection: Any) -> Any:
    """Return a channel; its class depends on the transport, and kombu's stubs name neither."""
    return connection.channel()

"""A broker that another release left, brought to this one's table with its messages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from kombu import Connection, Exchange, Queue

from clients.demo.clips import ROOT
from kit import broker
from workers import topology
from workers.amqp_broker import AmqpBroker
from workers.broker_sync import STAGING, BrokerSync, Change, QueueInUse

TASKS = topology.TASKS.name

pytestmark = [pytest.mark.rabbitmq, pytest.mark.waits]


@pytest.fixture
def connection(settings: Any) -> Iterator[Connection]:
    """A connection to a RabbitMQ on which nothing of ours stands."""
    settings.CELERY = {
        **django_settings.CELERY,
        "broker_url": os.environ["AMQP_URL"],
        "broker_transport_options": {"confirm_publish": True},
    }
    with broker.connection() as connection:
        clear(AmqpBroker(connection))  # tests of other modules leave exchanges
        yield connection
        clear(AmqpBroker(connection))


def clear(act: AmqpBroker) -> None:
    for name in broker.queue_names():
        act.delete_queue(name)
        act.delete_queue(f"{STAGING}{name}")
    for exchange in topology.EXCHANGES:
        act.delete_exchange(exchange.name)


@pytest.fixture
def act(connection: Connection) -> AmqpBroker:
    return AmqpBroker(connection)


def an_older_queue(connection: Connection, name: str, *bodies: str) -> None:
    """Declare a queue as an earlier release did, with messages in it."""
    queue = Queue(name, Exchange(topology.TASKS.name, type="topic"), routing_key=name)
    with simple(connection, queue) as filled:
        for body in bodies:
            filled.put(body, headers={"number": body}, priority=3, correlation_id=f"id-{body}")


def simple(connection: Any, queue: Queue) -> Any:
    """Return a queue to put and get; kombu's stubs take names only."""
    return connection.SimpleQueue(queue)


def taken(connection: Connection, name: str) -> list[Any]:
    (queue,) = [one for one in topology.queues() if one.name == name]
    found = []
    with simple(connection, queue) as filled:
        for _ in range(len(filled)):
            message = filled.get(timeout=5)
            message.ack()
            found.append(message)
    return found


class TestPlan:
    def test_of_an_empty_broker_creates_everything(self, connection: Connection) -> None:
        planned = BrokerSync(connection).plan()

        assert {one.verb for one in planned} == {"create"}
        assert {one.name for one in planned} >= {
            "showrunner.events",
            "push.urgent",
            "dead.default",
        }

    def test_changes_nothing(self, connection: Connection, act: AmqpBroker) -> None:
        an_older_queue(connection, "social", "one")

        BrokerSync(connection).plan()

        assert act.count("default") is None
        assert act.count("social") is not None

    def test_names_what_differs_and_how_much_would_move(self, connection: Connection) -> None:
        an_older_queue(connection, "social", "one", "two")

        (change,) = [one for one in BrokerSync(connection).plan() if one.name == "social"]

        assert (change.verb, change.messages) == ("rebuild", 2)
        assert "inequivalent arg" in change.why

    def test_is_empty_once_applied(self, connection: Connection) -> None:
        BrokerSync(connection).apply()

        assert BrokerSync(connection).plan() == []


class TestApply:
    def test_keeps_messages_with_all_they_carry_in_their_order(
        self, connection: Connection, act: AmqpBroker
    ) -> None:
        an_older_queue(connection, "social", *(str(number) for number in range(20)))

        BrokerSync(connection).apply()

        found = taken(connection, "social")
        assert [message.payload for message in found] == [str(number) for number in range(20)]
        assert {message.headers["number"] for message in found} == set(map(str, range(20)))
        assert found[0].properties["correlation_id"] == "id-0"
        assert act.count(f"{STAGING}social") is None

    def test_keeps_events_although_their_queue_cannot_be_asked(
        self, connection: Connection, act: AmqpBroker
    ) -> None:
        (wanted,) = [one for one in topology.queues() if one.name == "events.social"]
        older = {**(wanted.queue_arguments or {}), "x-delivery-limit": 7}
        act.declare(Queue(wanted.name, bindings=wanted.bindings, queue_arguments=older))
        for number in range(120):
            broker.Producer(connection).publish(str(number), routing_key=wanted.name)

        changes = BrokerSync(connection).apply()

        moved = [(one.verb, one.messages) for one in changes if one.name == wanted.name]
        assert moved == [("rebuild", 120)]
        bodies = [message.payload for message in act.drain(wanted.name)]
        assert bodies == [str(number) for number in range(120)]

    def test_goes_on_where_a_run_was_cut_off(
        self, connection: Connection, act: AmqpBroker
    ) -> None:
        BrokerSync(connection).apply()
        # cut off after the old queue was gone, before the new one was filled
        an_older_queue(connection, f"{STAGING}social", "kept")
        act.delete_queue("social")

        changes = BrokerSync(connection).apply()

        assert [(one.verb, one.name) for one in changes] == [("finish", "social")]
        assert [message.payload for message in taken(connection, "social")] == ["kept"]

    def test_refuses_a_queue_somebody_consumes_from(self, connection: Connection) -> None:
        an_older_queue(connection, "social", "held")
        with (
            connection.clone() as other,
            simple(other, Queue("social", no_declare=True)) as held,
        ):
            held.get(timeout=5)

            with pytest.raises(QueueInUse, match="social has 1 consumers"):
                BrokerSync(connection).apply()

    def test_unbinds_events_a_context_no_longer_wants(
        self, connection: Connection, act: AmqpBroker
    ) -> None:
        BrokerSync(connection).apply()
        with act._channel() as channel:
            channel.queue_bind("events.social", topology.EVENTS.name, "creator.followed")

        BrokerSync(connection).apply()

        broker.Producer(connection).publish(
            "{}", exchange=topology.EVENTS.name, routing_key="creator.followed"
        )
        found = act.count("events.social")
        assert found is not None
        assert found.messages == 0

    @pytest.mark.parametrize(("left", "verb"), [((), "remove"), (("one",), "keep")])
    def test_removes_a_retired_queue_only_when_it_is_empty(
        self,
        connection: Connection,
        act: AmqpBroker,
        monkeypatch: pytest.MonkeyPatch,
        left: tuple[str, ...],
        verb: str,
    ) -> None:
        monkeypatch.setattr(topology, "RETIRED", ("yesterdays",))
        an_older_queue(connection, "yesterdays", *left)

        changes = BrokerSync(connection).apply()

        retired = Change(verb, "yesterdays", changes[-1].why, len(left))
        assert changes[-1] == retired
        assert (act.count("yesterdays") is None) == (verb == "remove")
        act.delete_queue("yesterdays")

    def test_replaces_an_exchange_of_another_type(
        self, connection: Connection, act: AmqpBroker
    ) -> None:
        with act._channel() as channel:
            channel.exchange_declare(
                topology.TASKS.name, "direct", durable=True, auto_delete=False
            )

        BrokerSync(connection).apply()

        assert BrokerSync(connection).plan() == []


class TestProducer:
    def test_says_that_no_queue_took_a_message(self, connection: Connection) -> None:
        BrokerSync(connection).apply()
        producer = broker.Producer(connection)

        with pytest.raises(broker.Unroutable, match=r"showrunner.tasks for nowhere"):
            producer.publish(
                "x", exchange="showrunner.tasks", routing_key="nowhere", mandatory=True
            )
        # the confirm of the message that came back is not taken for this one's
        producer.publish("y", exchange=TASKS, routing_key="social", mandatory=True)

        assert [message.payload for message in taken(connection, "social")] == ["y"]


class TestCommand:
    def test_tells_what_it_would_do_and_does_nothing(self, connection: Connection) -> None:
        ran = run("broker_sync", "--dry-run", "--json")

        assert ran.returncode == 0, ran.stderr
        assert {row["verb"] for row in json.loads(ran.stdout)} == {"create"}

    def test_ends_with_a_count(self, connection: Connection) -> None:
        run("broker_sync")

        ran = run("broker_sync")

        assert ran.stdout.splitlines()[-1].endswith("exchanges and queues compared, 0 changed.")

    def test_says_that_the_login_was_refused(self) -> None:
        wrong = os.environ["AMQP_URL"].replace("guest:guest", "guest:wrong")

        ran = run("broker_sync", BROKER_URL=wrong)

        assert ran.returncode == 1
        assert "refuses the login" in ran.stderr
        assert "Traceback" not in ran.stderr

    @pytest.mark.parametrize("process", ["relay", "worker"])
    def test_is_what_a_process_names_that_finds_another_queue(
        self, connection: Connection, process: str
    ) -> None:
        an_older_queue(connection, "default")

        ran = run(*((process, "default") if process == "worker" else (process,)))

        assert ran.returncode == 1
        assert "default exists on the broker with other arguments" in ran.stderr
        assert "manage.py broker_sync" in ran.stderr
        assert "Traceback" not in ran.stderr

    def test_is_no_cure_for_a_wrong_password_at_start(self) -> None:
        wrong = os.environ["AMQP_URL"].replace("guest:guest", "guest:wrong")

        ran = run("relay", BROKER_URL=wrong)

        assert ran.returncode == 1
        assert "refuses the login" in ran.stderr
        assert "BROKER_URL" in ran.stderr
        assert "wrong" not in ran.stderr


def run(*words: str, **changed: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "BROKER_URL": os.environ["AMQP_URL"], **changed}
    return subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

"""The relay on real brokers: what it publishes, keeps, sets aside, and how soon it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django_redis import get_redis_connection
from kombu import Connection, Queue
from pymongo import MongoClient
from structlog.testing import capture_logs

from kit import broker, envelopes, published
from kit.documents import announce, utc_now
from kit.leases import Leases
from tests.conftest import NOON
from tests.services import wait_until
from tests.workers import letters
from tests.workers.bells import (
    Ear,
    Rang,
    a_document_that_announces,
    a_document_with,
    outbox,
)
from tests.workers.conftest import delete, listening
from workers import publishers, relay, topology
from workers.rounds import EVENTS_EACH
from workers.stopping import Stopping


@contextmanager
def a_relay(**options: Any) -> Iterator[relay.Relay]:
    with broker.connection(confirm_each=False) as connection:
        yield relay.Relay(publishers.on(connection), rest_s=(0, 0), **options)


@pytest.fixture
def rabbit_ear(on_rabbitmq: Connection) -> Iterator[Ear]:
    yield from listening(on_rabbitmq)


def taken(connection: Connection, name: str) -> list[tuple[Any, dict[str, Any]]]:
    """Empty a queue; return (what was said, headers) of each message."""
    return [(json.loads(body), headers) for body, headers in letters.taken(connection, name)]


def tunes(connection: Connection) -> list[str]:
    return [body["data"]["tune"] for body, _ in taken(connection, "events.tests")]


@pytest.mark.usefixtures("ear")
class TestOnce:
    def test_publishes_each_documents_events_in_the_order_written(
        self, on_broker: Connection
    ) -> None:
        later, earlier = announce(Rang(at=NOON, tune="1"), Rang(at=NOON, tune="2"))
        # an id made by a process whose clock is behind sorts before what was written earlier
        document = a_document_with(
            {**earlier, "data": {"tune": "1"}}, {**later, "data": {"tune": "2"}}
        )

        with a_relay() as one:
            assert one.once() == 2

        assert tunes(on_broker) == ["1", "2"]
        assert outbox(document) == []

    def test_leaves_what_exceeds_a_round_for_the_next_one(self, on_broker: Connection) -> None:
        many = [str(number) for number in range(EVENTS_EACH + 1)]
        a_document_that_announces(*many)

        with a_relay() as one:
            assert [one.once(), one.once(), one.once()] == [EVENTS_EACH, 1, 0]

        assert tunes(on_broker) == many

    def test_keeps_what_went_out_for_a_replay(self) -> None:
        a_document_that_announces("reveille")

        with a_relay() as one:
            one.once()

        [kept] = published.find(published.Span())
        assert kept.key == "bell.rang"
        assert envelopes.decode(kept.body)["data"] == {"tune": "reveille"}

    def test_leaves_to_another_relay_what_that_one_works_on(self) -> None:
        held, free = a_document_that_announces("held"), a_document_that_announces("free")
        other = Leases("other", lasts_s=60)
        assert other.take("broadcasts", [held]) == [held]

        with a_relay(batch=1) as one:
            assert one.once() + one.once() == 1
            assert (len(outbox(held)), outbox(free)) == (1, [])
            other.release("broadcasts", [held])
            assert one.once() == 1

    def test_gives_its_leases_back(self) -> None:
        document = a_document_that_announces("reveille")

        with a_relay() as one:
            one.once()

        assert Leases("other", lasts_s=60).take("broadcasts", [document]) == [document]


@pytest.mark.usefixtures("ear")
class TestSettingAside:
    @pytest.mark.parametrize(
        ("spoilt", "code"),
        [
            ({"id": "1", "key": "bell.rang", "at": NOON, "data": {}}, "unreadable"),
            ({"id": "1", "data": {}}, "unreadable"),
            ({"id": "1", "key": "k" * 300}, "unreadable"),
            ({"key": "bell.rang", "data": {}}, "unreadable"),
            ({"id": 7, "key": "bell.rang", "data": {}}, "unreadable"),
            ({"id": "1", "key": "bell.rang", "data": "x" * envelopes.MAX_BYTES}, "too-large"),
        ],
        ids=["no-json", "no-key", "long-key", "no-id", "id-no-text", "too-large"],
    )
    def test_turns_what_cannot_be_published_into_a_dead_letter_and_goes_on(
        self, on_broker: Connection, spoilt: dict[str, Any], code: str
    ) -> None:
        before, behind = announce(Rang(at=NOON, tune="before"), Rang(at=NOON, tune="behind"))
        document = a_document_with(before, spoilt, behind)

        with a_relay() as one:
            assert one.once() == 2

        assert tunes(on_broker) == ["before", "behind"]
        assert outbox(document) == []
        [(body, headers)] = taken(on_broker, "dead.relay")
        assert headers["letter_code"] == code
        assert body.keys() == spoilt.keys()

    def test_finds_what_stands_alone_and_has_no_id(self, on_broker: Connection) -> None:
        document = a_document_with({"key": "bell.rang"})

        with a_relay() as one:
            assert one.once() == 0
            one.set_aside()

        assert outbox(document) == []
        assert [body for body, _ in taken(on_broker, "dead.relay")] == [{"key": "bell.rang"}]


@pytest.mark.rabbitmq
class TestWhatRabbitMQDoesNotTake:
    def test_stays_with_all_that_stands_behind_it(
        self, on_rabbitmq: Connection, rabbit_ear: Ear
    ) -> None:
        stuck = a_document_that_announces("1", "2")
        free = a_document_with({**announce(Rang(at=NOON, tune="3"))[0], "key": "nobody.listens"})
        delete(on_rabbitmq, "events.tests")

        with a_relay() as one:
            assert one.once() == 1
            assert (len(outbox(stuck)), outbox(free)) == (2, [])
            topology.declare(on_rabbitmq)
            assert one.once() == 2

        assert tunes(on_rabbitmq) == ["1", "2"]

    def test_is_left_alone_for_a_while(self, on_rabbitmq: Connection, rabbit_ear: Ear) -> None:
        a_document_that_announces("1")
        delete(on_rabbitmq, "events.tests")

        with broker.connection(confirm_each=False) as connection:
            one = relay.Relay(publishers.on(connection), rest_s=(60, 60))
            assert one.once() == 0
            topology.declare(on_rabbitmq)
            assert (one.once(), one.resting) == (0, 1)

        with a_relay() as other:
            assert other.once() == 0

    def test_is_kept_when_it_was_refused(self, on_rabbitmq: Connection, rabbit_ear: Ear) -> None:
        with on_rabbitmq.channel() as channel:
            full = Queue(
                "full",
                topology.EVENTS,
                routing_key="bell.rang",
                queue_arguments={"x-max-length": 1, "x-overflow": "reject-publish"},
            )(channel)
            full.declare()
            documents = [a_document_that_announces(str(number), "behind") for number in range(9)]

            with a_relay() as one:
                assert one.once() == 1
                left = [len(outbox(document)) for document in documents]
                full.delete()
                assert sorted(left) == [1, *[2] * 8]
                one.once()

        assert [outbox(document) for document in documents] == [[]] * 9

    def test_is_known_where_the_channel_dies_halfway(
        self, on_rabbitmq: Connection, rabbit_ear: Ear
    ) -> None:
        document = a_document_that_announces("1", "2")
        with broker.connection(confirm_each=False) as connection:
            one = relay.Relay(publishers.on(connection))
            with on_rabbitmq.channel() as channel:
                topology.EVENTS(channel).delete()

            with pytest.raises(broker.AWAY):
                one.once()

        assert len(outbox(document)) == 2
        topology.declare(on_rabbitmq)
        with a_relay() as other:
            assert other.once() == 2
        assert tunes(on_rabbitmq) == ["1", "2"]


@pytest.mark.waits
class TestRun:
    def test_is_woken_by_a_write(
        self, on_broker: Connection, ear: Ear, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relay, "POLL_S", 15.0)
        with running():
            assert wait_until(is_asleep, within_s=10)
            document = a_document_that_announces("reveille")

            assert wait_until(lambda: outbox(document) == [], within_s=10)

    def test_finds_what_nobody_told_it_of(self, on_broker: Connection, ear: Ear) -> None:
        with running():
            assert wait_until(is_asleep, within_s=10)
            document = written_by_somebody_else()

            assert wait_until(lambda: outbox(document) == [], within_s=10)

    @pytest.mark.rabbitmq
    def test_keeps_its_connection_while_there_is_nothing_to_do(
        self, on_rabbitmq: Connection, rabbit_ear: Ear, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(broker, "HEARTBEAT_S", 1)
        monkeypatch.setattr(relay, "POLL_S", 0.1)
        idle = utc_now() + timedelta(seconds=4)
        with capture_logs() as said, running():
            assert wait_until(lambda: utc_now() > idle, within_s=10)
            document = a_document_that_announces("reveille")
            assert wait_until(lambda: outbox(document) == [], within_s=10)

        assert [line["event"] for line in said] == ["relay ready"]

    def test_goes_on_when_the_state_server_is_away(
        self, on_broker: Connection, ear: Ear, settings: Any
    ) -> None:
        document = a_document_that_announces("reveille")
        settings.REDIS_STATE_URL = "redis://127.0.0.1:1/0"
        with running():
            assert wait_until(lambda: outbox(document) == [], within_s=10)


@contextmanager
def running() -> Iterator[None]:
    """Run the relay's own loop in a thread until the block ends."""
    stopping = Stopping()
    thread = threading.Thread(target=relay.run, args=[stopping])
    thread.start()
    try:
        yield
    finally:
        stopping.ask()
        thread.join(30)
        assert not thread.is_alive()


def is_asleep() -> bool:
    """Say whether a client of Redis waits for a wake-up."""
    return any(one["cmd"] == "blpop" for one in get_redis_connection("state").client_list())


def written_by_somebody_else() -> str:
    """Announce over a client without our listener."""
    document = a_document_with()
    [event] = announce(Rang(at=NOON, tune="taps"))
    with MongoClient[dict[str, Any]](settings.MONGODB_URL) as stranger:
        stranger.get_default_database()["broadcasts"].update_one(
            {"_id": document}, {"$push": {"outbox": event}}
        )
    return document

"""Any interleaving of relays, crashes, lost leases and redeliveries: in order, and one effect."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django_redis import get_redis_connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from apps.streams.documents.broadcasts import Broadcast
from kit import outboxes, subscriptions
from kit.documents import announce
from kit.seen import Seen
from tests.conftest import NOON
from tests.workers.bells import Rang, a_document_with, outbox, push
from workers.deliveries import Delivery
from workers.publishers import Confirm, Outgoing
from workers.relay import Relay
from workers.rounds import Round

RELAYS = 3
DOCUMENTS = 3
relays = st.integers(0, RELAYS - 1)
documents = st.integers(0, DOCUMENTS - 1)


class Queue:
    """A broker's queue in memory: what it takes is in order; may refuse, may go away halfway."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.refuses: set[int] = set()  # of a wave, by place
        self.goes_after: int | None = None

    def publish(self, wave: Sequence[Outgoing], confirm: Confirm) -> None:
        refuses, goes_after = self.refuses, self.goes_after
        self.refuses, self.goes_after = set(), None
        for place, one in enumerate(wave):
            if place == goes_after:
                # taken, but its confirm is lost with the connection
                self.messages.append(json.loads(one.body))
                raise ConnectionResetError
            if place not in refuses:
                self.messages.append(json.loads(one.body))
                confirm(one)


class EventPath(RuleBasedStateMachine):
    """Relays over real outboxes and leases, one queue, and a consumer with its real memory."""

    def __init__(self) -> None:
        super().__init__()
        get_redis_connection("state").flushdb()
        Broadcast._get_collection().delete_many({})
        self.queue = Queue()
        self.relays = [Relay(self.queue, rest_s=(0, 0), batch=2) for _ in range(RELAYS)]
        self.rounds: dict[int, tuple[list[str], Round]] = {}
        self.ids = [a_document_with() for _ in range(DOCUMENTS)]
        self.written: dict[str, list[str]] = {one: [] for one in self.ids}
        self.effects: list[tuple[str, str]] = []  # (document, event id)
        self.row = subscriptions.Subscription("tests", Rang, self.hear)
        subscriptions.TABLE.append(self.row)

    def hear(self, event: Rang) -> None:
        self.effects.append((event.tune, event.event_id))

    @rule(document=documents, how_many=st.integers(1, 3))
    def write(self, document: int, how_many: int) -> None:
        one = self.ids[document]
        events = announce(*(Rang(at=NOON, tune=one) for _ in range(how_many)))
        # ids of processes whose clocks differ do not tell the order of writes
        events.reverse()
        push(one, *events)
        self.written[one] += [event["id"] for event in events]

    @rule(relay=relays)
    def begin(self, relay: int) -> None:
        """Take leases and read. A round that was begun before is a crash: nobody settles it."""
        claimed = self.relays[relay].claim(Broadcast, outboxes.waiting)
        self.rounds[relay] = (claimed, Round(Broadcast, outboxes.read(Broadcast, claimed)))

    @precondition(lambda self: self.rounds)
    @rule(relay=relays, refuses=st.sets(st.integers(0, 2)), goes=st.none() | st.integers(0, 2))
    def wave(self, relay: int, refuses: set[int], goes: int | None) -> None:
        if relay in self.rounds:
            self.queue.refuses, self.queue.goes_after = refuses, goes
            try:
                self.rounds[relay][1].wave(self.queue)
            except ConnectionResetError:
                self.settle(relay)

    @rule(relay=relays, refuses=st.sets(st.integers(0, 1), min_size=1))
    def work(self, relay: int, refuses: set[int]) -> None:
        """Do a whole round, whose first wave the broker does not take entirely."""
        self.begin(relay)
        self.queue.refuses = refuses
        while self.rounds[relay][1].wave(self.queue):
            pass
        self.settle(relay)

    @precondition(lambda self: self.rounds)
    @rule(relay=relays)
    def settle(self, relay: int) -> None:
        if relay in self.rounds:
            claimed, round_ = self.rounds.pop(relay)
            self.relays[relay].settle(Broadcast, claimed, round_, [])

    @rule()
    def lose_leases(self) -> None:
        """Let every lease run out, whoever still works under one."""
        for key in get_redis_connection("state").keys("lease:*"):
            get_redis_connection("state").delete(key)

    @precondition(lambda self: self.queue.messages)
    @rule(picks=st.lists(st.integers(0, 50), min_size=1, max_size=4))
    def redeliver(self, picks: list[int]) -> None:
        """Hand out messages again, in any order across and within documents."""
        delivered = self.queue.messages
        for pick in picks:
            self.deliver(delivered[pick % len(delivered)])

    def deliver(self, envelope: dict[str, Any]) -> None:
        Delivery("tests", envelope, seen=Seen("tests")).attempt()

    @invariant()
    def first_copies_are_in_the_order_of_writes(self) -> None:
        for one in self.ids:
            came = [row["id"] for row in self.queue.messages if row["data"]["tune"] == one]
            first = list(dict.fromkeys(came))
            assert first == self.written[one][: len(first)]

    @invariant()
    def what_left_an_outbox_was_published(self) -> None:
        out = {row["id"] for row in self.queue.messages}
        for one in self.ids:
            left = {event["id"] for event in outbox(one)}
            assert set(self.written[one]) - left <= out

    @invariant()
    def no_event_has_two_effects(self) -> None:
        assert [pair for pair, count in Counter(self.effects).items() if count > 1] == []

    @override
    def teardown(self) -> None:
        """Let one relay finish, and the consumer take all: nothing is lost."""
        self.lose_leases()
        while self.relays[0].once({"broadcasts"}):
            pass
        for envelope in self.queue.messages:
            self.deliver(envelope)
        subscriptions.TABLE.remove(self.row)
        for one in self.ids:
            assert outbox(one) == []
            heard = {event for document, event in self.effects if document == one}
            assert heard == set(self.written[one])
        self.first_copies_are_in_the_order_of_writes()
        self.no_event_has_two_effects()


class TestEventPath(EventPath.TestCase):  # type: ignore[misc,valid-type]
    settings = settings(
        max_examples=15,
        stateful_step_count=15,
        deadline=None,
        phases=[Phase.generate],  # each step is real I/O: shrinking would outlast the test's limit
        suppress_health_check=[HealthCheck.too_slow],
    )

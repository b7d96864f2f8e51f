"""A creator whose account is suspended: what opens no more, and what ends."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from apps.accounts.models import User
from apps.streams import public as streams
from apps.streams import wiring
from apps.streams.adapters.memory import Memory
from apps.streams.contracts import EngineSession
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.rules.air import AirRules
from apps.streams.services import sessions
from kit.documents import utc_now
from tests.accounts.builders import Caller
from tests.conftest import NOON
from tests.streams.builders import LEASE_S, a_broadcast, a_live_broadcast, announced, state_of
from tests.streams.calls import Session, go_live, hook, open_broadcast, problem, tell
from tests.streams.test_engine_sync import TERMS, Polled

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Memory]:
    """An engine that is polled."""
    settings.STREAMS_MEDIA_ENGINE = ("memory.Memory", {"polled": True})
    wiring.media_engine.cache_clear()
    made: Any = wiring.media_engine()
    yield made
    wiring.media_engine.cache_clear()


def suspend(caller: Caller) -> None:
    User.objects.filter(pk=caller.id).update(is_active=False)


def go(caller: Caller) -> None:
    User.objects.filter(pk=caller.id).delete()


def publish(key: str) -> Any:
    return hook({"event": "publish", "session_id": "s2", "key": key})


class TestTheKey:
    @pytest.mark.parametrize("leave", [suspend, go], ids=lambda one: one.__name__)
    def test_of_a_broadcast_opens_nothing(self, ada: Caller, leave: Any) -> None:
        key = open_broadcast(ada)["ingest"]["key"]

        leave(ada)

        assert problem(publish(key)) == (403, "key-refused")

    def test_of_a_channel_makes_no_broadcast(self, ada: Caller) -> None:
        key = ada.send("POST", "channel/keys", {"label": "phone"}).json()["ingest"]["key"]

        suspend(ada)

        assert problem(publish(key)) == (403, "key-refused")
        assert Broadcast.objects.count() == 0

    def test_is_cut_by_a_poll(self, ada: Caller, engine: Memory) -> None:
        opened = open_broadcast(ada)
        key = opened["ingest"]["key"]
        suspend(ada)
        engine.sessions["c1"] = EngineSession(session_id="c1", name=key, started_at=utc_now())

        streams.poll_engine()

        assert engine.disconnected == ["c1"]
        assert state_of(opened["broadcast"]["id"]) == "ready"

    def test_costs_one_question(self, ada: Caller, django_assert_num_queries: Any) -> None:
        key = open_broadcast(ada)["ingest"]["key"]

        with django_assert_num_queries(1):
            assert publish(key).status_code == 200

    def test_works_again_once_the_account_does(self, ada: Caller) -> None:
        key = open_broadcast(ada)["ingest"]["key"]
        suspend(ada)
        User.objects.filter(pk=ada.id).update(is_active=True)

        assert publish(key).status_code == 200


class TestTheSweep:
    @pytest.mark.parametrize("leave", [suspend, go], ids=lambda one: one.__name__)
    def test_ends_what_is_on_air(self, ada: Caller, leave: Any) -> None:
        session = go_live(ada)
        leave(ada)

        streams.sweep()

        found = Broadcast.objects.get(id=session.broadcast_id)
        assert (found.state, found.end_reason) == ("ended", "account")
        assert announced(session.broadcast_id)[-1] == "broadcast.ended"

    def test_ends_what_waits_for_its_encoder(self, ada: Caller) -> None:
        session = go_live(ada)
        tell("stopped", session)
        suspend(ada)

        streams.sweep()

        assert state_of(session.broadcast_id) == "ended"

    def test_touches_nobody_else_and_asks_once_for_all(
        self, ada: Caller, django_assert_num_queries: Any
    ) -> None:
        others: list[Session] = [go_live(Caller(name)) for name in ("bob", "cy", "dee")]
        go_live(ada)
        suspend(ada)

        with django_assert_num_queries(1):
            streams.sweep()

        assert [state_of(one.broadcast_id) for one in others] == ["live"] * 3

    def test_asks_nobody_while_nobody_is_on_air(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            streams.sweep()


def nobody_answers(_: Collection[str]) -> frozenset[str]:
    raise OperationalError


def test_a_sweep_does_the_rest_while_accounts_are_away() -> None:
    lapsed = a_live_broadcast()

    with pytest.raises(OperationalError):
        sessions.sweep(
            now=NOON + timedelta(seconds=LEASE_S + 1),
            rules=AirRules(find_active=nobody_answers),
        )

    assert state_of(lapsed.broadcast_id) == "interrupted"


def test_a_poll_renews_who_is_on_air_while_accounts_are_away(polled: Polled) -> None:
    running, waiting = a_broadcast(), a_broadcast(title="Later")
    polled.publish(running.key)
    polled.poll()
    lease = Broadcast.objects.get(id=running.id).lease_until
    polled.publish(waiting.key, "c0")
    polled.receive("c1", 2)

    polled.terms = replace(TERMS, rules=AirRules(find_active=nobody_answers))
    polled.poll()

    assert (state_of(running.id), state_of(waiting.id)) == ("live", "ready")
    assert Broadcast.objects.get(id=running.id).lease_until > lease
    assert polled.engine.disconnected == []


@pytest.fixture
def polled() -> Polled:
    return Polled()

"""A polled engine and the documents: who gets in, who is cut, what survives an outage."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import hypothesis
import pytest
from cryptography.fernet import Fernet
from django_redis import get_redis_connection
from hypothesis import given
from hypothesis import strategies as st

from apps.streams.adapters.memory import Memory, MemoryResolver
from apps.streams.contracts import EngineSession, LiveSegments
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.queries.engine_sessions import find_session_id
from apps.streams.services import broadcasts, engine_looks, engine_sync, keys, sessions
from apps.streams.services.engine_poll import EngineParts, Synced, Terms
from apps.streams.services.targets import Outside
from kit import locks
from kit.ids import new_id
from kit.secrets import Safe
from tests.conftest import NOON
from tests.streams.builders import (
    ADA,
    LEASE_S,
    PEPPER,
    Opened,
    a_broadcast,
    a_live_broadcast,
    an_ended_broadcast,
    announced,
    state_of,
)

TERMS = Terms(
    pepper=PEPPER,
    lease_s=LEASE_S,
    safe=Safe([Fernet.generate_key().decode()]),
    outside=Outside(resolver=MemoryResolver()),
)
STEP = timedelta(seconds=5)


@dataclass
class Polled:
    """An engine that is polled, and a clock."""

    engine: Memory = field(default_factory=lambda: Memory(polled=True))
    now: datetime = NOON
    terms: Terms = TERMS

    def publish(self, key: str, session_id: str = "c1", *, at: datetime | None = None) -> None:
        self.engine.sessions[session_id] = EngineSession(
            session_id=session_id, name=key, started_at=at or self.now, received_bytes=1
        )

    def receive(self, session_id: str, received_bytes: int) -> None:
        found = self.engine.sessions[session_id]
        self.engine.sessions[session_id] = replace(found, received_bytes=received_bytes)

    def poll(self) -> Synced:
        """Look once, and let five seconds pass."""
        done = engine_sync.poll(parts=self.parts, terms=self.terms, clock=lambda: self.now)
        self.now += STEP
        return done

    @property
    def parts(self) -> EngineParts:
        one = self.engine
        return EngineParts(engine=one, files=one, output=one, recorder=one, targets=one)


@pytest.fixture
def polled() -> Polled:
    return Polled()


@pytest.fixture
def on_air(polled: Polled) -> tuple[Polled, Opened]:
    """A broadcast whose encoder the engine lists as `c1`."""
    opened = a_broadcast()
    polled.publish(opened.key)
    polled.poll()
    assert state_of(opened.id) == "live"
    return polled, opened


class TestAPoll:
    def test_takes_a_broadcast_on_air_shown_and_recorded(self, polled: Polled) -> None:
        opened = a_broadcast()
        polled.publish(opened.key)

        done = polled.poll()

        assert (state_of(opened.id), announced(opened.id)) == ("live", ["broadcast.started"])
        assert polled.engine.published == polled.engine.recorders == {opened.id: "c1"}
        assert done.began == [opened.id]

    def test_renews_who_stays_and_announces_nothing_twice(
        self, on_air: tuple[Polled, Opened]
    ) -> None:
        polled, opened = on_air

        for received in range(2, 12):
            polled.receive("c1", received)
            polled.poll()
            sessions.sweep(now=polled.now)

        assert state_of(opened.id) == "live"
        assert announced(opened.id) == ["broadcast.started", "broadcast.live"]

    def test_cuts_a_stranger_and_shows_nothing_of_it(self, polled: Polled) -> None:
        polled.publish("a guess")

        done = polled.poll()

        assert (polled.engine.disconnected, done.cut) == (["c1"], 1)
        assert polled.engine.published == polled.engine.recorders == {}

    def test_cuts_a_session_whose_key_was_rotated(self, on_air: tuple[Polled, Opened]) -> None:
        polled, opened = on_air
        keys.rotate_key(broadcast_id=opened.id, creator_id=ADA, pepper=PEPPER, now=polled.now)

        polled.poll()

        assert polled.engine.disconnected == ["c1"]
        assert state_of(opened.id) == "interrupted"

    def test_cuts_what_publishes_to_a_broadcast_that_is_over(
        self, on_air: tuple[Polled, Opened]
    ) -> None:
        polled, opened = on_air
        broadcasts.end_broadcast(
            broadcast_id=opened.id, by=ADA, reason="creator", note="", now=polled.now
        )

        polled.poll()
        polled.poll()

        assert polled.engine.disconnected == ["c1"]
        assert (state_of(opened.id), find_session_id(broadcast_id=opened.id)) == ("ended", "")

    def test_opens_the_window_when_the_encoder_left_and_resumes_when_it_is_back(
        self, on_air: tuple[Polled, Opened]
    ) -> None:
        polled, opened = on_air
        del polled.engine.sessions["c1"]
        left = polled.poll()
        states = [state_of(opened.id)]
        polled.publish(opened.key, "c2")

        polled.poll()

        assert (left.stopped, [*states, state_of(opened.id)]) == (
            [opened.id],
            ["interrupted", "live"],
        )
        assert announced(opened.id)[1:] == ["broadcast.interrupted", "broadcast.resumed"]

    def test_lets_the_newer_of_two_encoders_win_and_stay(
        self, on_air: tuple[Polled, Opened]
    ) -> None:
        polled, opened = on_air
        key = keys.make_key(
            broadcast_id=opened.id, creator_id=ADA, label="second phone", pepper=PEPPER
        )
        polled.publish(key, "c2")

        polled.poll()
        polled.poll()

        assert polled.engine.disconnected == ["c1"]
        assert (state_of(opened.id), find_session_id(broadcast_id=opened.id)) == ("live", "c2")
        assert polled.engine.published == {opened.id: "c2"}

    def test_lets_two_phones_of_one_channel_take_no_turns_although_none_can_be_cut(
        self, polled: Polled
    ) -> None:
        secrets = [
            keys.make_channel_key(creator_id=ADA, label=label, pepper=PEPPER)[1]
            for label in ("first", "second")
        ]
        polled.engine.cannot_cut = True
        for nth, secret in enumerate(secrets):
            polled.publish(secret, f"c{nth}")
            polled.receive(f"c{nth}", nth)
            polled.poll()

        for received in range(9):
            polled.receive("c0", 10 + received)
            polled.receive("c1", 10 + received)
            polled.poll()

        (broadcast,) = Broadcast.objects
        assert (broadcast.session_id, broadcast.epoch, broadcast.state) == ("c1", 2, "live")

    def test_cuts_a_session_that_was_fenced_although_its_key_opens_the_channel(
        self, polled: Polled
    ) -> None:
        _, secret = keys.make_channel_key(creator_id=ADA, label="", pepper=PEPPER)
        polled.publish(secret)
        polled.poll()
        (broadcast,) = Broadcast.objects

        keys.cut_session(broadcast_id=broadcast.id, now=polled.now)
        polled.poll()

        assert polled.engine.disconnected == ["c1"]
        assert state_of(broadcast.id) == "interrupted"

    def test_begins_no_other_broadcast_for_a_phone_whose_broadcast_was_ended(
        self, polled: Polled
    ) -> None:
        _, secret = keys.make_channel_key(creator_id=ADA, label="", pepper=PEPPER)
        polled.publish(secret)
        polled.poll()
        (broadcast,) = Broadcast.objects
        broadcasts.end_broadcast(
            broadcast_id=broadcast.id, by=ADA, reason="creator", note="", now=polled.now
        )

        polled.poll()

        assert (polled.engine.disconnected, len(list(Broadcast.objects))) == (["c1"], 1)

    def test_takes_a_name_that_is_used_again_for_what_its_key_opens(
        self, on_air: tuple[Polled, Opened]
    ) -> None:
        polled, before = on_air
        after = a_broadcast()
        polled.publish(after.key, "c1")

        polled.poll()

        assert (state_of(before.id), state_of(after.id)) == ("interrupted", "live")

    def test_cuts_a_connection_that_brings_nothing_so_that_its_phone_gets_in_again(
        self, on_air: tuple[Polled, Opened]
    ) -> None:
        polled, opened = on_air

        polled.poll()
        before = list(polled.engine.disconnected)
        polled.poll()

        assert (before, polled.engine.disconnected) == ([], ["c1"])
        assert state_of(opened.id) == "interrupted"

    def test_has_a_session_recorded_later_where_its_recorder_was_away(
        self, on_air: tuple[Polled, Opened]
    ) -> None:
        polled, opened = on_air
        polled.engine.recorders.clear()
        polled.receive("c1", 2)

        polled.poll()

        assert polled.engine.recorders == {opened.id: "c1"}

    def test_holds_nobody_off_the_air_while_the_engine_cannot_be_asked(
        self, on_air: tuple[Polled, Opened]
    ) -> None:
        polled, opened = on_air
        polled.engine.is_down = True

        for _ in range(12):
            polled.poll()
            sessions.sweep(now=polled.now)

        assert state_of(opened.id) == "live"

    def test_believes_its_last_answer_for_five_minutes_only(
        self, on_air: tuple[Polled, Opened]
    ) -> None:
        polled, opened = on_air
        polled.engine.is_down = True

        for _ in range(66):
            polled.poll()
            sessions.sweep(now=polled.now)

        assert state_of(opened.id) == "interrupted"
        look = engine_looks.find_look()
        assert look is not None
        assert (look.seen_at, look.error) == (
            NOON,
            "The media engine does not answer: told to be down.",
        )

    def test_leaves_it_to_the_one_that_runs_and_has_that_look_again(self, polled: Polled) -> None:
        polled.publish("a guess")

        with locks.held(engine_sync.LOCK):
            skipped = polled.poll()

        assert (skipped.cut, polled.engine.disconnected) == (0, [])
        assert polled.poll().cut == 1


class TestAReconcilerOfAnEngineWithHooks:
    def test_cuts_what_is_of_no_broadcast_on_air(self, polled: Polled) -> None:
        polled.engine.polled = False
        ended = an_ended_broadcast()
        self._list(polled, ended, epoch=1)

        polled.poll()

        assert polled.engine.disconnected == ["c1"]

    def test_brings_back_what_plays_although_its_hook_was_lost(self, polled: Polled) -> None:
        polled.engine.polled = False
        live = a_live_broadcast()
        sessions.sweep(now=NOON + timedelta(seconds=LEASE_S + 1))
        self._list(polled, live.broadcast_id, epoch=live.epoch)
        polled.engine.segments[live.broadcast_id] = LiveSegments(init="i", segments=["s"])

        polled.poll()

        assert state_of(live.broadcast_id) == "live"

    def test_leaves_alone_who_is_not_listed_yet(self, polled: Polled) -> None:
        polled.engine.polled = False
        live = a_live_broadcast()

        polled.poll()

        assert state_of(live.broadcast_id) == "live"

    def _list(self, polled: Polled, broadcast_id: str, *, epoch: int) -> None:
        polled.engine.sessions["c1"] = EngineSession(
            session_id="c1", broadcast_id=broadcast_id, epoch=epoch, received_bytes=9
        )


class TestRelease:
    def test_lets_go_of_everything_and_may_be_repeated(
        self, on_air: tuple[Polled, Opened]
    ) -> None:
        polled, opened = on_air

        for _ in range(2):
            engine_sync.release(broadcast_id=opened.id, parts=polled.parts)

        engine = polled.engine
        assert (engine.sessions, engine.published, engine.recorders) == ({}, {}, {})


class TestAnyOrder:
    """Encoders come, go and stall, keys change, the engine fails: what stays is always right."""

    STEPS = ("publish", "leave", "stall", "rotate", "down", "up", "look", "look")

    @given(steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=14))
    @hypothesis.settings(max_examples=12, deadline=None)
    def test_ends_with_one_session_at_most_and_it_is_the_one_that_may_publish(
        self, steps: list[str]
    ) -> None:
        polled, opened = Polled(), a_broadcast(window_s=1_800)
        get_redis_connection("state").flushall()
        key, newest = opened.key, ""

        for step in [*steps, "up", "look", "look"]:
            if step == "rotate":
                key = keys.rotate_key(
                    broadcast_id=opened.id, creator_id=ADA, pepper=PEPPER, now=polled.now
                )
            elif step == "publish":
                newest = new_id()
                polled.publish(key, newest)
            elif step == "leave":
                polled.engine.sessions.pop(newest, None)
            elif step in {"down", "up"}:
                polled.engine.is_down = step == "down"
            else:
                self._look(polled, moving=step == "look")

        left = list(polled.engine.sessions.values())
        assert [one.name for one in left] in ([], [key])
        assert find_session_id(broadcast_id=opened.id) == "".join(one.session_id for one in left)
        assert state_of(opened.id) in (("live",) if left else ("ready", "interrupted"))

    def _look(self, polled: Polled, *, moving: bool) -> None:
        for session_id, one in list(polled.engine.sessions.items()):
            polled.receive(session_id, one.received_bytes + moving)
        polled.poll()
        sessions.sweep(now=polled.now)

"""Whatever an engine tells twice, late, in disorder or never: the same broadcast in the end."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.streams.contracts import IngestGrant
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.errors import StaleSession
from apps.streams.rules.air import AirRules
from apps.streams.services import sessions
from kit.ids import new_id
from tests.conftest import NOON
from tests.streams.builders import LEASE_S, Opened, a_broadcast, a_session, announced, state_of

RULES = AirRules()
BEAT_S = 5
STEP_S = 7  # three of them outlast a lease, and all of them no reconnect window
PASSES = "time passes"

# Everything but the announcement, which tells of the public and not of the encoder.
STORY = re.compile(r"started( interrupted resumed)*( interrupted)? ended")


@dataclass
class Engine:
    """Tells of sessions as a script says; what is told of one not let in yet waits for it."""

    opened: Opened
    now_s: int = 0
    grants: list[IngestGrant] = field(default_factory=list)
    early: list[tuple[str, int]] = field(default_factory=list)

    def play(self, script: list[tuple[str, int]]) -> None:
        for kind, session in script:
            if kind == PASSES:
                self.wait(STEP_S)
            elif kind == "publish":
                self.publish()
            elif session >= len(self.grants):
                self.early.append((kind, session))
            else:
                self.tell(kind, session)

    def publish(self) -> None:
        name = f"s{len(self.grants)}"
        self.grants.append(a_session(self.opened, now=self.now, session_id=name))
        ripe = [told for told in self.early if told[1] < len(self.grants)]
        self.early = [told for told in self.early if told not in ripe]
        for kind, session in ripe:
            self.tell(kind, session)

    def tell(self, kind: str, session: int) -> None:
        grant = self.grants[session]
        broadcast_id, epoch = grant.broadcast_id, grant.epoch
        with suppress(StaleSession):
            if kind == "stopped":
                sessions.stop_session(broadcast_id=broadcast_id, epoch=epoch, now=self.now)
            elif kind == "started":
                sessions.start_session(
                    broadcast_id=broadcast_id, epoch=epoch, lease_s=LEASE_S, now=self.now
                )
            else:
                sessions.renew_session(
                    broadcast_id=broadcast_id,
                    epoch=epoch,
                    lease_s=LEASE_S,
                    now=self.now,
                    is_playing=kind == "playing",
                )

    def wait(self, seconds: int) -> None:
        self.now_s += seconds
        sessions.sweep(now=self.now, rules=RULES)

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.now_s)


@st.composite
def scripts(draw: st.DrawFn) -> tuple[list[tuple[str, int]], bool]:
    """Draw what is told of up to three sessions, and whether the last one stops."""
    count = draw(st.integers(1, 3))
    is_stopped = draw(st.booleans())
    told = [("publish", nth) for nth in range(count)] + [(PASSES, 0)] * draw(st.integers(0, 5))
    for nth in range(count):
        is_last = nth == count - 1
        # an engine repeats a start until it is taken, or says so with a heartbeat
        told += [(draw(st.sampled_from(["started", "playing"])), nth)] * (1 if is_last else 0)
        told += [("started", nth)] * draw(st.integers(0, 2))
        told += [("heartbeat", nth)] * draw(st.integers(0, 2))
        may_stop = is_stopped if is_last else draw(st.booleans())
        told += [("stopped", nth)] * (draw(st.integers(1, 2)) if may_stop else 0)
    return draw(st.permutations(told)), is_stopped


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=scripts())
def test_what_is_told_in_any_order_ends_the_same(
    drawn: tuple[list[tuple[str, int]], bool],
) -> None:
    script, is_stopped = drawn
    # a channel of its own, as examples share the stores and a channel has its cool-down
    engine = Engine(a_broadcast(creator_id=new_id()))
    broadcast_id, last = engine.opened.id, sum(kind == "publish" for kind, _ in script) - 1

    engine.play(script)
    engine.tell("playing", last)  # a session that was not stopped beats on
    assert state_of(broadcast_id) == ("interrupted" if is_stopped else "live")
    if not is_stopped:
        _beat_steadily(engine, last)
        assert announced(broadcast_id).count("broadcast.live") == 1
    _fall_silent(engine)
    before = announced(broadcast_id)
    engine.play([told for told in script if told[0] not in {"publish", PASSES}])

    keys = [key.removeprefix("broadcast.") for key in before]
    assert keys.count("live") <= 1
    assert STORY.fullmatch(" ".join(key for key in keys if key != "live")), keys
    assert announced(broadcast_id) == before
    found = Broadcast.objects.get(id=broadcast_id)
    assert (found.state, found.end_reason) == ("ended", "window")


def _beat_steadily(engine: Engine, session: int) -> None:
    for _ in range(RULES.debounce_s // BEAT_S + 1):
        engine.wait(BEAT_S)
        engine.tell("heartbeat", session)
    engine.wait(1)


def _fall_silent(engine: Engine) -> None:
    for seconds in (LEASE_S + 1, 61, 1):
        engine.wait(seconds)

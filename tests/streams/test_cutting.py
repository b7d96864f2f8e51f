"""Whose encoder is cut, and which one is left alone because it came since."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apps.streams import tasks, wiring
from apps.streams.adapters.memory import Memory
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.services import broadcasts, keys, sessions
from kit import broker
from tests.conftest import NOON
from tests.streams.builders import ADA, PEPPER, Opened, a_broadcast, a_session, started
from tests.streams.calls import queued
from workers import topology
from workers.consumer import deliver


@pytest.fixture(autouse=True)
def engine(settings: Any) -> Iterator[Memory]:
    settings.STREAMS_MEDIA_ENGINE = ("memory.Memory", {})
    wiring.media_engine.cache_clear()
    with broker.connection() as connection:
        topology.declare(connection)
    made = wiring.media_engine()
    assert isinstance(made, Memory)
    yield made
    wiring.media_engine.cache_clear()


def tell(broadcast_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Deliver the last event of a broadcast to streams, and return the cuts that were queued."""
    deliver("streams", Broadcast.objects.get(id=broadcast_id).outbox[-1])
    return [task for task in queued() if task[0] == "streams.disconnect"]


def cut(queued_cuts: list[tuple[str, dict[str, Any]]]) -> None:
    for _, arguments in queued_cuts:
        tasks.disconnect(**arguments)


def rotated(opened: Opened) -> Opened:
    key = keys.rotate_key(broadcast_id=opened.id, creator_id=ADA, pepper=PEPPER, now=NOON)
    return Opened(opened.id, key)


def end(broadcast_id: str) -> None:
    broadcasts.end_broadcast(
        broadcast_id=broadcast_id, by=ADA, reason="creator", note="", now=NOON
    )


class TestAnEncoder:
    def test_is_cut_when_its_key_is_revoked(self, engine: Memory) -> None:
        opened = a_broadcast()
        started(a_session(opened))
        rotated(opened)

        cut(tell(opened.id))

        assert engine.disconnected == ["s1"]

    @pytest.mark.parametrize("plays", [False, True])
    def test_that_came_with_the_new_key_stays(self, engine: Memory, *, plays: bool) -> None:
        opened = a_broadcast()
        started(a_session(opened))
        fresh = rotated(opened)
        cuts = tell(opened.id)
        newer = a_session(fresh, session_id="s2")
        if plays:
            started(newer)

        cut(cuts)

        assert len(cuts) == 1
        assert engine.disconnected == []

    def test_is_not_cut_when_it_left_by_itself(self) -> None:
        opened = a_broadcast()
        grant = started(a_session(opened))
        sessions.stop_session(broadcast_id=opened.id, epoch=grant.epoch, now=NOON)

        assert tell(opened.id) == []

    @pytest.mark.parametrize("plays", [False, True])
    def test_is_cut_when_its_broadcast_is_over(self, engine: Memory, *, plays: bool) -> None:
        opened = a_broadcast()
        grant = a_session(opened)
        if plays:
            started(grant)
        end(opened.id)

        cut(tell(opened.id))

        assert engine.disconnected == ["s1"]

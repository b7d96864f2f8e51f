"""A broadcast from its creation to its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.streams.contracts import IngestGrant
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.keys import IngestKey
from apps.streams.errors import (
    BroadcastNotFound,
    BroadcastNotLive,
    KeyRefused,
    StaleSession,
    StartsInThePast,
)
from apps.streams.services import broadcasts, keys, sessions
from tests.conftest import NOON
from tests.streams.builders import (
    ADA,
    LEASE_S,
    PEPPER,
    a_broadcast,
    a_live_broadcast,
    a_session,
    announced,
    started,
    state_of,
)


class TestCreateBroadcast:
    def test_is_ready_at_once_without_a_start(self) -> None:
        opened = a_broadcast()

        assert state_of(opened.id) == "ready"
        assert announced(opened.id) == []

    def test_is_scheduled_and_announced_with_a_start(self) -> None:
        opened = a_broadcast(starts_at=NOON + timedelta(hours=1))

        assert state_of(opened.id) == "scheduled"
        assert announced(opened.id) == ["broadcast.scheduled"]

    def test_refuses_a_start_in_the_past(self) -> None:
        with pytest.raises(StartsInThePast):
            a_broadcast(starts_at=NOON - timedelta(seconds=1))

    def test_keeps_no_key_that_could_be_read(self) -> None:
        opened = a_broadcast()

        stored = IngestKey.objects.get(broadcast_id=opened.id).to_mongo()
        assert opened.key not in str(stored)


class TestOpenSession:
    def test_refuses_a_wrong_key(self) -> None:
        opened = a_broadcast()

        with pytest.raises(KeyRefused):
            sessions.open_session(
                key=f"{opened.key}x", session_id="s", pepper=PEPPER, lease_s=LEASE_S, now=NOON
            )

    def test_refuses_a_key_under_another_pepper(self) -> None:
        opened = a_broadcast()

        with pytest.raises(KeyRefused):
            sessions.open_session(
                key=opened.key, session_id="s", pepper="salt", lease_s=LEASE_S, now=NOON
            )

    def test_refuses_the_key_of_a_broadcast_that_is_over(self) -> None:
        opened = a_broadcast()
        broadcasts.end_broadcast(
            broadcast_id=opened.id, by=ADA, reason="creator", note="", now=NOON
        )

        with pytest.raises(KeyRefused):
            a_session(opened)

    def test_refuses_a_rotated_key_and_fences_its_session(self) -> None:
        opened = a_broadcast()
        grant = started(a_session(opened))

        fresh = keys.rotate_key(broadcast_id=opened.id, creator_id=ADA, pepper=PEPPER, now=NOON)

        assert fresh != opened.key
        with pytest.raises(KeyRefused):
            a_session(opened)
        with pytest.raises(StaleSession):
            sessions.renew_session(
                broadcast_id=opened.id, epoch=grant.epoch, lease_s=LEASE_S, now=NOON
            )

    def test_is_not_live_before_its_first_picture(self) -> None:
        opened = a_broadcast()

        a_session(opened)

        assert state_of(opened.id) == "ready"


class TestStartSession:
    def test_goes_live_and_says_so_once(self) -> None:
        grant = a_live_broadcast()

        started(grant)

        assert state_of(grant.broadcast_id) == "live"
        assert announced(grant.broadcast_id) == ["broadcast.started"]

    def test_comes_back_within_the_window_without_a_second_announcement(self) -> None:
        opened = a_broadcast()
        first = started(a_session(opened))
        sessions.stop_session(broadcast_id=opened.id, epoch=first.epoch, now=NOON)

        later = NOON + timedelta(seconds=10)
        started(a_session(opened, now=later, session_id="s2"), now=later)

        assert state_of(opened.id) == "live"
        assert announced(opened.id) == [
            "broadcast.started",
            "broadcast.interrupted",
            "broadcast.resumed",
        ]

    def test_refuses_a_session_that_was_taken_over(self) -> None:
        opened = a_broadcast()
        old = a_session(opened)
        a_session(opened, session_id="s2")

        with pytest.raises(StaleSession):
            started(old)

    def test_refuses_an_unknown_broadcast(self) -> None:
        with pytest.raises(BroadcastNotFound):
            started(IngestGrant(broadcast_id="01NOBODY", epoch=1))


class TestOutOfOrder:
    def test_a_start_that_comes_after_its_stop_was_on_air_and_is_not(self) -> None:
        opened = a_broadcast()
        grant = a_session(opened)
        sessions.stop_session(broadcast_id=opened.id, epoch=grant.epoch, now=NOON)

        started(grant)

        assert state_of(opened.id) == "interrupted"
        assert announced(opened.id) == ["broadcast.started", "broadcast.interrupted"]

    def test_a_heartbeat_brings_back_what_was_taken_for_silent(self) -> None:
        grant = a_live_broadcast()
        late = NOON + timedelta(seconds=LEASE_S + 5)
        sessions.sweep(now=late)

        sessions.renew_session(
            broadcast_id=grant.broadcast_id, epoch=grant.epoch, lease_s=LEASE_S, now=late
        )

        assert announced(grant.broadcast_id)[-2:] == [
            "broadcast.interrupted",
            "broadcast.resumed",
        ]

    def test_a_window_stays_open_for_an_encoder_whose_picture_is_on_the_way(self) -> None:
        opened = a_broadcast(window_s=60)
        first = started(a_session(opened))
        sessions.stop_session(broadcast_id=opened.id, epoch=first.epoch, now=NOON)
        again = a_session(opened, now=NOON + timedelta(seconds=55), session_id="s2")

        sessions.sweep(now=NOON + timedelta(seconds=65))
        started(again, now=NOON + timedelta(seconds=66))

        assert state_of(opened.id) == "live"


class TestStopSession:
    def test_opens_the_reconnect_window(self) -> None:
        grant = a_live_broadcast(window_s=90)

        sessions.stop_session(broadcast_id=grant.broadcast_id, epoch=grant.epoch, now=NOON)

        found = Broadcast.objects.get(id=grant.broadcast_id)
        assert found.state == "interrupted"
        assert found.reconnect_until == NOON + timedelta(seconds=90)

    def test_of_an_older_session_changes_nothing(self) -> None:
        opened = a_broadcast()
        old = started(a_session(opened))
        new = started(a_session(opened, session_id="s2"))

        sessions.stop_session(broadcast_id=opened.id, epoch=old.epoch, now=NOON)

        assert state_of(opened.id) == "live"
        assert Broadcast.objects.get(id=opened.id).session_id == "s2"
        assert new.epoch == old.epoch + 1


class TestSweep:
    def test_interrupts_what_lost_its_heartbeat(self) -> None:
        grant = a_live_broadcast()

        swept = sessions.sweep(now=NOON + timedelta(seconds=LEASE_S + 1))

        assert swept == 1
        assert state_of(grant.broadcast_id) == "interrupted"

    def test_ends_what_did_not_come_back(self) -> None:
        grant = a_live_broadcast(window_s=60)
        sessions.stop_session(broadcast_id=grant.broadcast_id, epoch=grant.epoch, now=NOON)

        sessions.sweep(now=NOON + timedelta(seconds=61))

        assert state_of(grant.broadcast_id) == "ended"
        assert announced(grant.broadcast_id)[-1] == "broadcast.ended"

    def test_leaves_alone_what_beats(self) -> None:
        grant = a_live_broadcast()

        sessions.sweep(now=NOON + timedelta(seconds=LEASE_S - 1))

        assert state_of(grant.broadcast_id) == "live"


class TestEndBroadcast:
    def test_takes_it_off_the_air_and_says_how_long_it_ran(self) -> None:
        grant = a_live_broadcast(since=NOON - timedelta(minutes=5))

        broadcasts.end_broadcast(
            broadcast_id=grant.broadcast_id, by=ADA, reason="creator", note="", now=NOON
        )

        ended = Broadcast.objects.get(id=grant.broadcast_id).outbox[-1]
        assert ended["key"] == "broadcast.ended"
        assert ended["data"]["seconds_live"] == 300

    def test_happens_once(self) -> None:
        grant = a_live_broadcast()
        by_ada = {"by": ADA, "reason": "creator", "note": "", "now": NOON}
        broadcasts.end_broadcast(broadcast_id=grant.broadcast_id, **by_ada)  # type: ignore[arg-type]

        with pytest.raises(BroadcastNotLive):
            broadcasts.end_broadcast(broadcast_id=grant.broadcast_id, **by_ada)  # type: ignore[arg-type]

        assert announced(grant.broadcast_id).count("broadcast.ended") == 1

    def test_cancels_what_never_was_on_air(self) -> None:
        opened = a_broadcast()

        broadcasts.end_broadcast(
            broadcast_id=opened.id, by=ADA, reason="creator", note="", now=NOON
        )

        assert state_of(opened.id) == "cancelled"
        assert announced(opened.id) == ["broadcast.cancelled"]

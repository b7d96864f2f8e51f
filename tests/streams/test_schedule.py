"""When a broadcast starts, what is changed of it, and what becomes of it where nobody comes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.streams.contracts import BroadcastChanges
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.recordings import Recording
from apps.streams.errors import BroadcastOver, StartsInThePast, WentLive
from apps.streams.rules.air import AirRules
from apps.streams.services import broadcasts, schedule, sessions
from tests.conftest import NOON
from tests.streams.builders import (
    ADA,
    LEASE_S,
    a_broadcast,
    a_live_broadcast,
    a_session,
    a_stored_recording,
    an_ended_broadcast,
    announced,
    started,
    state_of,
)

RULES = AirRules(no_show_s=1_800, unused_s=24 * 3600)
LATER = NOON + timedelta(hours=1)


def change(broadcast_id: str, now: datetime = NOON, **wanted: object) -> None:
    changes = BroadcastChanges(**wanted)  # type: ignore[arg-type]
    schedule.change_broadcast(broadcast_id=broadcast_id, changes=changes, now=now, rules=RULES)


def end(broadcast_id: str) -> None:
    broadcasts.end_broadcast(
        broadcast_id=broadcast_id, by=ADA, reason="creator", note="", now=NOON
    )


def remove(broadcast_id: str, reason: str = "staff") -> None:
    broadcasts.remove_broadcast(
        broadcast_id=broadcast_id, by=ADA, reason=reason, note="Against the rules.", now=NOON
    )


def last_told(broadcast_id: str) -> dict[str, object]:
    envelope = Broadcast.objects.get(id=broadcast_id).outbox[-1]
    return {"key": envelope["key"], **envelope["data"]}


class TestAScheduledBroadcast:
    def test_is_ready_once_its_time_has_come(self) -> None:
        opened = a_broadcast(starts_at=LATER)

        sessions.sweep(now=LATER - timedelta(seconds=1), rules=RULES)
        early = state_of(opened.id)
        sessions.sweep(now=LATER + timedelta(seconds=1), rules=RULES)

        assert (early, state_of(opened.id)) == ("scheduled", "ready")

    def test_is_moved_in_one_write_with_what_else_changed(self) -> None:
        opened = a_broadcast(starts_at=LATER)

        change(opened.id, starts_at=LATER + timedelta(hours=1), title="Launch, later")

        told = last_told(opened.id)
        assert told["key"] == "broadcast.rescheduled"
        assert told["starts_at"] == (LATER + timedelta(hours=1)).isoformat()
        assert told["title"] == Broadcast.objects.get(id=opened.id).title == "Launch, later"

    def test_says_nothing_where_it_is_moved_to_where_it_is(self) -> None:
        opened = a_broadcast(starts_at=LATER)

        change(opened.id, starts_at=LATER)

        assert announced(opened.id) == ["broadcast.scheduled"]

    def test_waits_anew_after_it_was_moved(self) -> None:
        opened = a_broadcast(starts_at=LATER)
        sessions.sweep(now=LATER + timedelta(minutes=1), rules=RULES)
        change(opened.id, now=LATER + timedelta(minutes=2), starts_at=LATER + timedelta(hours=9))

        sessions.sweep(now=LATER + timedelta(hours=2), rules=RULES)

        assert state_of(opened.id) == "scheduled"

    def test_is_not_moved_to_the_past(self) -> None:
        opened = a_broadcast(starts_at=LATER)

        with pytest.raises(StartsInThePast):
            change(opened.id, starts_at=NOON)

    def test_is_not_moved_once_it_went_live(self) -> None:
        grant = a_live_broadcast()

        with pytest.raises(WentLive):
            change(grant.broadcast_id, starts_at=LATER)

    def test_is_made_of_one_without_a_start(self) -> None:
        opened = a_broadcast()

        change(opened.id, starts_at=LATER)

        assert (state_of(opened.id), announced(opened.id)) == (
            "scheduled",
            ["broadcast.scheduled"],
        )


class TestNobodyCame:
    def test_to_a_scheduled_one_cancels_it_after_a_grace_time(self) -> None:
        opened = a_broadcast(starts_at=LATER)

        sessions.sweep(now=LATER + timedelta(minutes=29), rules=RULES)
        early = state_of(opened.id)
        sessions.sweep(now=LATER + timedelta(minutes=31), rules=RULES)

        assert (early, state_of(opened.id)) == ("ready", "cancelled")
        told = last_told(opened.id)
        assert (told["key"], told["reason"]) == ("broadcast.cancelled", "no_show")

    def test_to_one_without_a_start_cancels_it_after_a_day(self) -> None:
        opened = a_broadcast()

        sessions.sweep(now=NOON + timedelta(hours=25), rules=RULES)

        assert state_of(opened.id) == "cancelled"

    def test_with_a_picture_fails_it(self) -> None:
        opened = a_broadcast(starts_at=LATER)
        a_session(opened, now=LATER)

        sessions.sweep(now=LATER + timedelta(minutes=31), rules=RULES)

        assert (state_of(opened.id), last_told(opened.id)["reason"]) == ("failed", "no_media")

    def test_is_not_said_while_an_encoder_is_there(self) -> None:
        opened = a_broadcast(starts_at=LATER)
        late = LATER + timedelta(minutes=31)
        grant = a_session(opened, now=late - timedelta(seconds=LEASE_S - 1))

        sessions.sweep(now=late, rules=RULES)
        started(grant, now=late)

        assert state_of(opened.id) == "live"


class TestChange:
    def test_of_how_it_is_shown_reaches_its_recording(self) -> None:
        broadcast_id = an_ended_broadcast()
        a_stored_recording(broadcast_id)

        change(broadcast_id, visibility="private", title="Gone")

        recording = Recording.objects.get(broadcast_id=broadcast_id)
        assert (recording.visibility, recording.title) == ("private", "Gone")

    def test_of_how_it_is_made_comes_too_late_after_its_end(self) -> None:
        broadcast_id = an_ended_broadcast()

        with pytest.raises(BroadcastOver):
            change(broadcast_id, record=False)

    def test_of_the_window_holds_for_the_next_interruption(self) -> None:
        grant = a_live_broadcast(window_s=60)
        change(grant.broadcast_id, reconnect_window_s=600)

        sessions.stop_session(broadcast_id=grant.broadcast_id, epoch=grant.epoch, now=NOON)

        found = Broadcast.objects.get(id=grant.broadcast_id)
        assert found.reconnect_until == NOON + timedelta(seconds=600)

    def test_comes_too_late_once_it_was_removed(self) -> None:
        broadcast_id = an_ended_broadcast()
        remove(broadcast_id)

        with pytest.raises(BroadcastOver):
            change(broadcast_id, title="Again")


class TestRemoval:
    @pytest.mark.parametrize(
        ("state", "told"),
        [
            ("ready", ["cancelled", "removed"]),
            ("live", ["started", "ended", "removed"]),
            ("interrupted", ["started", "interrupted", "ended", "removed"]),
            ("ended", ["started", "interrupted", "ended", "removed"]),
            ("cancelled", ["cancelled", "removed"]),
        ],
    )
    def test_ends_it_first_and_is_told_once(self, state: str, told: list[str]) -> None:
        broadcast_id = a_broadcast_that_is(state)

        remove(broadcast_id)
        remove(broadcast_id)

        assert state_of(broadcast_id) == "removed"
        assert announced(broadcast_id) == [f"broadcast.{key}" for key in told]

    def test_fences_its_session(self) -> None:
        grant = a_live_broadcast()

        remove(grant.broadcast_id)
        sessions.stop_session(broadcast_id=grant.broadcast_id, epoch=grant.epoch, now=NOON)
        sessions.sweep(now=LATER, rules=RULES)

        assert state_of(grant.broadcast_id) == "removed"
        assert announced(grant.broadcast_id)[-1] == "broadcast.removed"


def a_broadcast_that_is(state: str) -> str:
    if state in {"ready", "cancelled"}:
        opened = a_broadcast()
        if state == "cancelled":
            end(opened.id)
        return opened.id
    if state == "ended":
        return an_ended_broadcast()
    grant = a_live_broadcast()
    if state == "interrupted":
        sessions.stop_session(broadcast_id=grant.broadcast_id, epoch=grant.epoch, now=NOON)
    return grant.broadcast_id

"""How long a broadcast may be on air, and what its creator hears before it is ended."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.streams.contracts import IngestGrant
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.errors import LiveQuotaSpent
from apps.streams.queries.channels import rules_of, used_s
from apps.streams.rules.air import AirRules
from apps.streams.services import broadcasts, channels, sessions
from tests.conftest import NOON
from tests.streams.builders import (
    ADA,
    PEPPER,
    Opened,
    a_broadcast,
    a_live_broadcast,
    announced,
    state_of,
)

FOREVER_S = 30 * 24 * 3600
HOUR = AirRules(max_duration_s=3_600, warning_s=300)
QUOTA = AirRules(max_duration_s=0, monthly_minutes=60, warning_s=300)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def open_by(opened: Opened, rules: AirRules, at: datetime = NOON) -> IngestGrant:
    return sessions.open_session(
        key=opened.key,
        session_id="s1",
        pepper=PEPPER,
        lease_s=FOREVER_S,
        now=at,
        rules=rules,
    )


def on_air(rules: AirRules, at: datetime = NOON) -> str:
    """Start a broadcast whose encoder never falls silent; return its id."""
    grant = open_by(a_broadcast(now=at), rules, at)
    sessions.start_session(
        broadcast_id=grant.broadcast_id, epoch=grant.epoch, lease_s=FOREVER_S, now=at, rules=rules
    )
    return grant.broadcast_id


def ended_for(broadcast_id: str) -> str:
    return str(Broadcast.objects.get(id=broadcast_id).outbox[-1]["data"]["reason"])


class TestTheLongestBroadcast:
    def test_is_warned_once_and_then_ended(self) -> None:
        broadcast_id = on_air(HOUR)
        keys = []

        for minutes in (54, 56, 57, 59, 61):
            sessions.sweep(now=after(minutes), rules=HOUR)
            keys.append(announced(broadcast_id)[-1])

        live, expiring, ended = (f"broadcast.{key}" for key in ("live", "expiring", "ended"))
        assert keys == [live, expiring, expiring, expiring, ended]
        assert ended_for(broadcast_id) == "max_duration"

    def test_tells_when_it_will_end(self) -> None:
        broadcast_id = on_air(HOUR)

        sessions.sweep(now=after(56), rules=HOUR)

        told = Broadcast.objects.get(id=broadcast_id).outbox[-1]["data"]
        assert (told["ends_at"], told["reason"]) == (after(60).isoformat(), "max_duration")

    def test_is_ended_in_its_reconnect_window_too(self) -> None:
        grant = a_live_broadcast(since=NOON, window_s=1_800)
        sessions.stop_session(
            broadcast_id=grant.broadcast_id, epoch=grant.epoch, now=after(12 * 60 - 5)
        )

        sessions.sweep(now=after(12 * 60 + 1))

        assert ended_for(grant.broadcast_id) == "max_duration"

    def test_may_be_shorter_for_a_channel_and_never_longer(self) -> None:
        wanted = []

        for minutes in (10, 600):
            channels.change_settings(creator_id=ADA, changes={"max_duration_s": minutes * 60})
            wanted.append(rules_of(creator_id=ADA, rules=HOUR).max_duration_s)

        assert wanted == [600, 3_600]

    def test_has_no_end_where_nothing_limits_it(self) -> None:
        rules = AirRules(max_duration_s=0)
        broadcast_id = on_air(rules)

        sessions.sweep(now=NOON + timedelta(days=20), rules=rules)

        assert state_of(broadcast_id) == "live"


class TestTheMonth:
    def test_ends_what_used_the_last_of_it(self) -> None:
        first = on_air(QUOTA)
        broadcasts.end_broadcast(
            broadcast_id=first, by=ADA, reason="creator", note="", now=after(40)
        )
        second = on_air(QUOTA, at=after(50))

        for minutes in (66, 71):
            sessions.sweep(now=after(minutes), rules=QUOTA)

        assert announced(second)[-2:] == ["broadcast.expiring", "broadcast.ended"]
        assert ended_for(second) == "quota"

    def test_lets_no_encoder_in_once_it_is_used(self) -> None:
        first = on_air(QUOTA)
        broadcasts.end_broadcast(
            broadcast_id=first, by=ADA, reason="creator", note="", now=after(60)
        )

        with pytest.raises(LiveQuotaSpent):
            open_by(a_broadcast(now=after(61)), QUOTA, after(61))

    def test_begins_anew(self) -> None:
        december = datetime(2026, 12, 1, tzinfo=NOON.tzinfo)
        first = on_air(QUOTA, at=december - timedelta(minutes=45))
        broadcasts.end_broadcast(
            broadcast_id=first,
            by=ADA,
            reason="creator",
            note="",
            now=december + timedelta(minutes=10),
        )

        later = december + timedelta(minutes=30)

        assert used_s(creator_id=ADA, now=later) == 600
        assert on_air(QUOTA, at=later)

    def test_of_one_channel_is_set_apart(self) -> None:
        channels.change_settings(creator_id=ADA, changes={"monthly_minutes": 0})
        unlimited = rules_of(creator_id=ADA, rules=QUOTA).monthly_minutes
        channels.change_settings(creator_id=ADA, changes={"monthly_minutes": None})
        usual = rules_of(creator_id=ADA, rules=QUOTA).monthly_minutes

        assert (unlimited, usual) == (0, 60)

"""When the public hears that a broadcast is live, and when it hears nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from apps.streams.contracts import IngestGrant
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.channels import Channel
from apps.streams.rules.air import AirRules
from apps.streams.services import broadcasts, channels, sessions
from tests.conftest import NOON
from tests.streams.builders import ADA, LEASE_S, a_broadcast, a_session, announced, started

RULES = AirRules(debounce_s=10, cooldown_s=600)
LIVE = "broadcast.live"


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def a_start(at_s: float = 0, **wanted: object) -> IngestGrant:
    """Put a broadcast of Ada's on air, by the debounce of the rules."""
    opened = a_broadcast(now=after(at_s), **wanted)  # type: ignore[arg-type]
    return started(a_session(opened, now=after(at_s)), now=after(at_s))


def beat(grant: IngestGrant, at_s: float) -> None:
    sessions.renew_session(
        broadcast_id=grant.broadcast_id, epoch=grant.epoch, lease_s=LEASE_S, now=after(at_s)
    )


def sweep(at_s: float, rules: AirRules = RULES) -> None:
    sessions.sweep(now=after(at_s), rules=rules)


def end(grant: IngestGrant, at_s: float) -> None:
    broadcasts.end_broadcast(
        broadcast_id=grant.broadcast_id, by=ADA, reason="creator", note="", now=after(at_s)
    )


class TestABroadcastThatPlays:
    def test_is_announced_once_it_was_steady_and_never_again(self) -> None:
        grant = a_start()

        sweep(9)
        early = announced(grant.broadcast_id)
        for at_s in (11, 16, 700):
            beat(grant, at_s)
            sweep(at_s)

        assert early == ["broadcast.started"]
        assert announced(grant.broadcast_id) == ["broadcast.started", LIVE]

    def test_starts_over_after_each_interruption(self) -> None:
        grant = a_start()
        sessions.stop_session(broadcast_id=grant.broadcast_id, epoch=grant.epoch, now=after(8))
        sweep(12)
        held = Broadcast.objects.get(id=grant.broadcast_id)
        again = Broadcast.objects.open_session(
            held.id, session_id="s2", lease_until=after(15 + LEASE_S)
        )
        started(IngestGrant(broadcast_id=held.id, epoch=again.epoch), now=after(15))

        sweep(24)
        early = announced(grant.broadcast_id).count(LIVE)
        sweep(26)

        assert (early, announced(grant.broadcast_id).count(LIVE)) == (0, 1)

    def test_starts_over_with_the_first_picture_of_a_session_that_took_over(self) -> None:
        opened = a_broadcast()
        started(a_session(opened))
        newer = a_session(opened, session_id="s2", now=after(9))

        sweep(12)
        waiting = announced(opened.id).count(LIVE)
        started(newer, now=after(13))
        sweep(22)
        early = announced(opened.id).count(LIVE)
        sweep(24)

        assert (waiting, early, announced(opened.id).count(LIVE)) == (0, 0, 1)

    def test_is_not_announced_when_its_heartbeat_is_missing(self) -> None:
        grant = a_start()

        sweep(LEASE_S + 1)

        assert announced(grant.broadcast_id) == ["broadcast.started", "broadcast.interrupted"]

    def test_waits_for_as_long_as_its_channel_wants(self) -> None:
        channels.change_settings(creator_id=ADA, changes={"debounce_s": 2})
        grant = a_start()

        sweep(3)

        assert announced(grant.broadcast_id)[-1] == LIVE


class TestTheNextBroadcastOfAChannel:
    def test_goes_live_unannounced_within_the_cool_down(self) -> None:
        first = a_start()
        sweep(11)
        end(first, 60)
        second = a_start(at_s=120)

        beat(second, 135)
        sweep(135)
        beat(second, 900)
        sweep(900)

        found = Broadcast.objects.get(id=second.broadcast_id)
        assert (found.state, found.is_announced) == ("live", True)
        assert LIVE not in announced(second.broadcast_id)

    def test_is_announced_after_it(self) -> None:
        end_of_first = a_start()
        sweep(11)
        end(end_of_first, 60)
        second = a_start(at_s=605)

        sweep(616)

        assert announced(second.broadcast_id)[-1] == LIVE

    def test_is_announced_where_the_channel_wants_no_cool_down(self) -> None:
        channels.change_settings(creator_id=ADA, changes={"cooldown_s": 0})
        end_of_first = a_start()
        sweep(11)
        end(end_of_first, 60)
        second = a_start(at_s=120)

        sweep(131)

        assert announced(second.broadcast_id)[-1] == LIVE

    def test_is_announced_after_one_nobody_heard_of(self) -> None:
        rehearsal = a_start(visibility="private")
        sweep(11)
        end(rehearsal, 60)
        second = a_start(at_s=120)

        sweep(131)

        assert announced(second.broadcast_id)[-1] == LIVE

    def test_of_another_creator_knows_nothing_of_it(self) -> None:
        a_start()
        sweep(11)
        other = a_start(at_s=20, creator_id="01EVE00000000000000000000A")

        sweep(31)

        assert announced(other.broadcast_id)[-1] == LIVE


class TestAClaim:
    def test_is_found_again_by_whoever_died_before_the_announcement(self) -> None:
        grant = a_start()
        Channel.objects.claim_announcement(
            ADA, grant.broadcast_id, now=after(10), not_since=after(-590)
        )

        sweep(11)

        assert announced(grant.broadcast_id)[-1] == LIVE

    @pytest.mark.parametrize("cooldown_s", [0, 600])
    def test_is_won_by_one_of_two_broadcasts_at_most_once_a_cool_down(
        self, cooldown_s: int
    ) -> None:
        grants = [a_start(), a_start()]

        sweep(11, replace(RULES, cooldown_s=cooldown_s))

        told = sum(LIVE in announced(grant.broadcast_id) for grant in grants)
        assert told == (1 if cooldown_s else 2)

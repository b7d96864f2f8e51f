from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.notifications.contracts import Outcome, Verdict
from apps.notifications.errors import PushesLeft
from tests.conftest import NOON
from tests.notifications.builders import (
    Stage,
    a_live_notice,
    an_android,
    an_apns_token,
    an_fcm_token,
    an_iphone,
    counters,
    many_androids,
    the_device,
)


class TestBury:
    def test_switches_a_dead_address_off(self, stage: Stage) -> None:
        phone = an_iphone(stage.a_follower(), address=an_apns_token())
        stage.apns.answers[an_apns_token()] = [gone(NOON)]
        notice = a_live_notice()

        stage.deliver(notice)

        assert (the_device(phone).state, the_device(phone).invalid_reason) == (
            "invalid",
            "Unregistered",
        )
        assert counters(notice) == {"dead": 1, "muted": 0}

    def test_spares_an_address_that_was_presented_again_since(self, stage: Stage) -> None:
        phone = an_iphone(stage.a_follower(), address=an_apns_token())
        stage.apns.answers[an_apns_token()] = [gone(NOON - timedelta(seconds=1))]

        stage.deliver(a_live_notice())

        assert the_device(phone).state == "active"

    def test_tries_the_other_environment_once(self, stage: Stage) -> None:
        phone = an_iphone(stage.a_follower(), address=an_apns_token())
        bad = Outcome(verdict=Verdict.WRONG_ENV, reason="BadDeviceToken")
        stage.apns.answers[an_apns_token()] = [bad, bad]
        notice = a_live_notice()
        [chunk] = stage.plan(notice)

        with pytest.raises(PushesLeft):
            stage.send(chunk)
        assert the_device(phone).state == "active"
        stage.clock.forward(5)
        stage.send(chunk)

        assert [push.env for push in stage.apns.sent] == ["production", "sandbox"]
        assert the_device(phone).state == "invalid"
        assert counters(notice) == {"dead": 1, "muted": 0}

    def test_keeps_every_device_when_our_message_is_wrong(self, stage: Stage) -> None:
        phone = an_iphone(stage.a_follower(), address=an_apns_token())
        stage.apns.answers[an_apns_token()] = [Outcome(verdict=Verdict.BUG, reason="BadTopic")]
        notice = a_live_notice()

        stage.deliver(notice)

        assert the_device(phone).state == "active"
        assert counters(notice) == {"failed": 1, "muted": 0}

    def test_drops_a_suspect_on_the_second_day_only(self, stage: Stage) -> None:
        odd = an_fcm_token(7)
        phone = an_android(stage.a_follower(), address=odd)
        an_android(stage.a_follower())
        suspect = Outcome(verdict=Verdict.SUSPECT, reason="INVALID_ARGUMENT")

        states = []
        for hours in (0, 1, 25):
            stage.fcm.answers[odd] = [suspect]
            stage.clock.now = NOON + timedelta(hours=hours)
            stage.deliver(a_live_notice(now=stage.clock()))
            states.append(the_device(phone).state)

        assert states == ["active", "active", "invalid"]

    def test_suspects_nobody_when_all_are_refused(self, stage: Stage) -> None:
        odd = an_fcm_token(7)
        phone = an_android(stage.a_follower(), address=odd)
        stage.fcm.answers[odd] = [Outcome(verdict=Verdict.SUSPECT)]

        stage.deliver(a_live_notice())

        assert the_device(phone).suspected_at.timestamp() == 0

    def test_takes_a_wrong_app_for_our_mistake_in_a_small_batch(self, stage: Stage) -> None:
        phone = an_iphone(stage.a_follower(), address=an_apns_token())
        stage.apns.answers[an_apns_token()] = [Outcome(verdict=Verdict.WRONG_APP)]

        stage.deliver(a_live_notice())

        assert the_device(phone).state == "active"

    def test_takes_few_wrong_apps_in_a_large_batch_for_lost_phones(self, stage: Stage) -> None:
        fan = stage.a_follower()
        [odd, *_] = many_androids(fan, 100)
        stage.fcm.answers[odd.address] = [
            Outcome(verdict=Verdict.WRONG_APP, reason="SENDER_ID_MISMATCH")
        ]

        stage.deliver(a_live_notice())

        assert the_device(odd.id).state == "invalid"


def gone(at: datetime) -> Outcome:
    return Outcome(verdict=Verdict.DEAD, reason="Unregistered", dead_at=at)

from __future__ import annotations

from datetime import timedelta

from apps.notifications import queries
from apps.notifications.contracts import Channels, QuietHours, Wishes
from apps.notifications.services import inbox, notices
from tests.conftest import NOON
from tests.notifications.builders import (
    Stage,
    a_notice,
    an_iphone,
    counters,
)


class TestSendPersonal:
    def test_reaches_the_devices_of_one_person(self, stage: Stage) -> None:
        phone = an_iphone("ada")
        an_iphone("bob")
        notice = a_notice("upload_failed", audience="ada")

        stage.deliver_personal(notice)
        stage.deliver_personal(notice)

        assert [push.installation_id for push in stage.pushes()] == [phone]
        assert queries.get_notice(notice_id=notice).state == "done"

    def test_waits_for_the_end_of_the_quiet_hours(self, stage: Stage) -> None:
        an_iphone("ada")
        quiet = QuietHours(tz="UTC", start="11:00", end="13:00")
        inbox.set_preferences(user_id="ada", wishes=Wishes(quiet_hours=quiet))
        notice = a_notice("upload_failed", audience="ada")

        stage.deliver_personal(notice)
        assert stage.pushes() == []
        assert notices.find_stuck(now=NOON + timedelta(minutes=59)).personal == []
        stage.clock.forward(3600)
        assert notices.find_stuck(now=stage.clock()).personal == [notice]
        stage.deliver_personal(notice)

        assert len(stage.pushes()) == 1

    def test_respects_a_switch(self, stage: Stage) -> None:
        an_iphone("ada")
        off = Wishes(types={"upload_failed": Channels(push=False, inapp=True)})
        inbox.set_preferences(user_id="ada", wishes=off)
        notice = a_notice("upload_failed", audience="ada")

        stage.deliver_personal(notice)

        assert stage.pushes() == []
        assert counters(notice) == {"muted": 1}

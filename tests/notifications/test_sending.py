from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from apps.notifications import queries
from apps.notifications.adapters.memory import Killed
from apps.notifications.contracts import Channels, Outcome, QuietHours, Verdict, Wishes
from apps.notifications.documents import Chunk
from apps.notifications.errors import ChunkBusy, ChunkNotFound, PushesLeft
from apps.notifications.ports import Push
from apps.notifications.rules import sending
from apps.notifications.services import inbox, notices
from tests.conftest import NOON
from tests.notifications.builders import (
    Slow,
    SlowAudience,
    Stage,
    a_live_notice,
    an_android,
    an_apns_token,
    an_iphone,
    counters,
    many_androids,
    the_chunk,
)


class TestSendChunk:
    def test_reaches_every_device_of_every_follower_once(self, stage: Stage) -> None:
        ada, bob = stage.a_follower(), stage.a_follower()
        devices = {an_iphone(ada), an_android(ada), an_iphone(bob)}
        an_iphone("a stranger")
        notice = a_live_notice()

        stage.deliver(notice)

        assert {push.installation_id for push in stage.pushes()} == devices
        assert counters(notice) == {"accepted": 3, "muted": 0}
        assert queries.get_notice(notice_id=notice).state == "done"

    def test_shows_what_happened_and_where_to_look(self, stage: Stage) -> None:
        an_iphone(stage.a_follower())
        notice = a_live_notice()

        stage.deliver(notice)

        [push] = stage.apns.sent
        assert (push.message.title, push.message.body) == ("Ada is live", "Launch day")
        assert push.message.data["notice_id"] == notice
        assert push.message.data["broadcast_id"] == "01BROADCAST00000000000000A"
        assert push.message.expires_at == NOON + timedelta(minutes=10)
        assert not push.passive

    def test_renders_once_a_language_and_platform(self, stage: Stage) -> None:
        for _ in range(3):
            fan = stage.a_follower()
            an_iphone(fan, lang="en-GB")
            an_android(fan)

        stage.deliver(a_live_notice())

        assert len({push.message for push in stage.apns.sent}) == 1
        assert len({push.message for push in stage.fcm.sent}) == 1

    def test_pushes_nothing_twice_when_everything_is_told_twice(self, stage: Stage) -> None:
        an_iphone(stage.a_follower())
        for _ in range(2):
            notice = a_live_notice(key="live:1")
            for chunk_id in stage.plan(notice):
                stage.send(chunk_id)
                stage.send(chunk_id)

        assert len(stage.pushes()) == 1

    @pytest.mark.parametrize(("bell", "pushes"), [("all", 1), ("highlights", 1), ("none", 0)])
    def test_listens_to_the_bell(self, stage: Stage, bell: str, pushes: int) -> None:
        an_iphone(stage.a_follower(bell=bell))
        notice = a_live_notice()

        stage.deliver(notice)

        assert len(stage.pushes()) == pushes
        assert counters(notice)["muted"] == 1 - pushes

    def test_leaves_out_who_switched_it_off_or_sleeps(self, stage: Stage) -> None:
        quiet = QuietHours(tz="UTC", start="11:00", end="13:00")
        off = {"broadcast_live": Channels(push=False, inapp=True)}
        for wishes in (Wishes(types=off), Wishes(quiet_hours=quiet)):
            fan = stage.a_follower()
            an_iphone(fan)
            inbox.set_preferences(user_id=fan, wishes=wishes)
        notice = a_live_notice()

        stage.deliver(notice)

        assert stage.pushes() == []
        assert counters(notice) == {"muted": 2}

    def test_goes_in_batches_the_providers_take(self, stage: Stage) -> None:
        fan = stage.a_follower()
        many_androids(fan, sending.BATCH_PUSHES + 1)
        notice = a_live_notice()

        stage.deliver(notice)

        assert len({push.installation_id for push in stage.fcm.sent}) == len(stage.fcm.sent)
        assert counters(notice)["accepted"] == sending.BATCH_PUSHES + 1
        assert len(the_chunk(notice).outcomes) == 2

    def test_refuses_a_chunk_that_is_not_there(self, stage: Stage) -> None:
        with pytest.raises(ChunkNotFound):
            stage.send("nowhere:0")

    def test_stops_once_the_broadcast_is_over(self, stage: Stage) -> None:
        an_iphone(stage.a_follower())
        notice = a_live_notice(key="live:1")
        chunks = stage.plan(notice)
        notices.withdraw_notice(key="live:1", now=NOON)

        stage.send(chunks[0])

        assert stage.pushes() == []
        assert counters(notice) == {"expired": 1, "muted": 0}


class TestSendChunkAfterACrash:
    def test_repeats_only_the_batch_in_doubt_and_only_passively(self, stage: Stage) -> None:
        fan = stage.a_follower()
        phones = [an_iphone(fan) for _ in range(2)]
        androids = [an_android(fan) for _ in range(3)]
        notice = a_live_notice()
        [chunk] = stage.plan(notice)
        stage.fcm.dies_after = 2
        with pytest.raises(Killed):
            stage.send(chunk)
        stage.fcm.dies_after = None

        stage.clock.forward(sending.LEASE.total_seconds())
        stage.send(chunk)

        assert Counter(push.installation_id for push in stage.apns.sent) == Counter(phones)
        loud = [push for push in stage.fcm.sent if not push.passive]
        soft = [push for push in stage.fcm.sent if push.passive]
        assert len(loud) == 2
        assert {push.installation_id for push in soft} == set(androids)
        assert one_id_a_device(stage.fcm.sent)
        assert counters(notice) == {"accepted": 5, "muted": 0}

    def test_waits_for_the_lease_of_whoever_holds_it(self, stage: Stage) -> None:
        an_android(stage.a_follower())
        [chunk] = stage.plan(a_live_notice())
        stage.fcm.dies_after = 0
        with pytest.raises(Killed):
            stage.send(chunk)

        stage.clock.forward(sending.LEASE.total_seconds() - 1)
        with pytest.raises(ChunkBusy) as busy:
            stage.send(chunk)

        assert busy.value.facts["retry_after_s"] == 1
        assert stage.pushes() == []

    def test_gives_up_after_the_second_doubt(self, stage: Stage) -> None:
        an_android(stage.a_follower())
        notice = a_live_notice()
        [chunk] = stage.plan(notice)
        for _ in range(2):
            stage.fcm.dies_after = 0
            with pytest.raises(Killed):
                stage.send(chunk)
            stage.clock.forward(sending.LEASE.total_seconds())
        stage.fcm.dies_after = None

        stage.send(chunk)

        assert stage.pushes() == []
        assert counters(notice) == {"unknown": 1, "muted": 0}

    def test_stops_the_worker_that_lost_its_lease(self, stage: Stage) -> None:
        fan = stage.a_follower()
        many_androids(fan, sending.BATCH_PUSHES + 1)
        notice = a_live_notice()
        [chunk] = stage.plan(notice)
        stage.fcm = Slow(stage=stage, chunk_id=chunk)

        stage.send(chunk)

        devices = Counter(push.installation_id for push in stage.pushes() if not push.passive)
        assert max(devices.values()) == 1
        assert counters(notice)["accepted"] == sending.BATCH_PUSHES + 1

    @pytest.mark.parametrize("phones", [0, 1])
    def test_lets_whoever_took_over_have_the_last_word(self, stage: Stage, phones: int) -> None:
        fan = stage.a_follower()
        for _ in range(phones):
            an_iphone(fan)
        notice = a_live_notice()
        [chunk] = stage.plan(notice)
        stage.audience = SlowAudience(edges=stage.audience.edges, stage=stage, chunk_id=chunk)

        stage.send(chunk)

        assert len(stage.pushes()) == phones
        assert sum(counters(notice).values()) == phones
        assert the_chunk(notice).attempts == 2

    def test_does_not_kill_workers_for_ever(self, stage: Stage) -> None:
        an_android(stage.a_follower())
        notice = a_live_notice()
        [chunk] = stage.plan(notice)
        Chunk.objects(id=chunk).update(set__attempts=sending.MAX_ATTEMPTS)

        stage.send(chunk)

        assert stage.pushes() == []
        assert counters(notice) == {"failed": 1, "muted": 0}


class TestSendChunkAfterAnAnswer:
    def test_tries_again_what_was_refused_for_now_and_nothing_else(self, stage: Stage) -> None:
        busy, fine = an_apns_token(1), an_apns_token(2)
        an_iphone(stage.a_follower(), address=busy)
        an_iphone(stage.a_follower(), address=fine)
        stage.apns.answers[busy] = [Outcome(verdict=Verdict.RETRY, retry_after_s=40)]
        notice = a_live_notice()
        [chunk] = stage.plan(notice)

        with pytest.raises(PushesLeft, match="1 pushes"):
            stage.send(chunk)
        stage.clock.forward(39)
        with pytest.raises(ChunkBusy):
            stage.send(chunk)
        stage.clock.forward(12)
        stage.send(chunk)

        assert [push.address for push in stage.apns.sent] == [busy, fine, busy]
        assert not stage.apns.sent[2].passive
        assert counters(notice) == {"accepted": 2, "muted": 0}

    def test_repeats_a_lost_answer_once_and_passively(self, stage: Stage) -> None:
        lost = an_apns_token()
        an_iphone(stage.a_follower(), address=lost)
        stage.apns.answers[lost] = [Outcome(verdict=Verdict.UNKNOWN)] * 2
        notice = a_live_notice()
        [chunk] = stage.plan(notice)

        with pytest.raises(PushesLeft):
            stage.send(chunk)
        stage.clock.forward(5)
        stage.send(chunk)

        assert [push.passive for push in stage.apns.sent] == [False, True]
        assert one_id_a_device(stage.apns.sent)
        assert counters(notice) == {"unknown": 1, "muted": 0}

    def test_stays_passive_once_in_doubt(self, stage: Stage) -> None:
        lost = an_apns_token()
        an_iphone(stage.a_follower(), address=lost)
        stage.apns.answers[lost] = [
            Outcome(verdict=Verdict.UNKNOWN),
            Outcome(verdict=Verdict.UNPROCESSED),
        ]
        notice = a_live_notice()
        [chunk] = stage.plan(notice)

        for _ in range(2):
            with pytest.raises(PushesLeft):
                stage.send(chunk)
            stage.clock.forward(10)
        stage.send(chunk)

        assert [push.passive for push in stage.apns.sent] == [False, True, True]
        assert counters(notice) == {"accepted": 1, "muted": 0}

    def test_gives_up_after_some_tries(self, stage: Stage) -> None:
        down = an_apns_token()
        an_iphone(stage.a_follower(), address=down)
        stage.apns.answers[down] = [Outcome(verdict=Verdict.RETRY)] * 100
        notice = a_live_notice()
        [chunk] = stage.plan(notice)

        for _ in range(sending.MAX_ATTEMPTS - 1):
            with pytest.raises(PushesLeft):
                stage.send(chunk)
            stage.clock.forward(60)
        stage.send(chunk)

        assert len(stage.apns.sent) == sending.MAX_ATTEMPTS
        assert counters(notice) == {"failed": 1, "muted": 0}

    def test_says_unknown_of_what_it_gave_up_in_doubt(self, stage: Stage) -> None:
        lost = an_apns_token()
        an_iphone(stage.a_follower(), address=lost)
        stage.apns.answers[lost] = [
            Outcome(verdict=Verdict.UNKNOWN),
            Outcome(verdict=Verdict.RETRY, retry_after_s=700),
        ]
        notice = a_live_notice()
        [chunk] = stage.plan(notice)
        with pytest.raises(PushesLeft):
            stage.send(chunk)

        stage.clock.forward(5)
        stage.send(chunk)

        assert counters(notice) == {"unknown": 1, "muted": 0}

    def test_does_not_wait_beyond_the_end_of_the_notice(self, stage: Stage) -> None:
        down = an_apns_token()
        an_iphone(stage.a_follower(), address=down)
        stage.apns.answers[down] = [Outcome(verdict=Verdict.RETRY, retry_after_s=700)]
        notice = a_live_notice()

        stage.deliver(notice)

        assert counters(notice) == {"expired": 1, "muted": 0}

    def test_spares_a_provider_that_is_away_and_goes_on_with_the_other(self, stage: Stage) -> None:
        fan = stage.a_follower()
        androids = many_androids(fan, sending.BATCH_PUSHES + 1)
        for android in androids:
            stage.fcm.answers[android.address] = [Outcome(verdict=Verdict.UNPROCESSED)]
        an_iphone(fan)
        [chunk] = stage.plan(a_live_notice())

        with pytest.raises(PushesLeft, match=f"{sending.BATCH_PUSHES + 1} pushes"):
            stage.send(chunk)

        assert len(stage.fcm.sent) == sending.BATCH_PUSHES
        assert len(stage.apns.sent) == 1


def one_id_a_device(pushes: list[Push]) -> bool:
    names = {(push.push_id, push.message.collapse_id, push.installation_id) for push in pushes}
    return len(names) == len({push.installation_id for push in pushes})

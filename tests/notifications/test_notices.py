from __future__ import annotations

from datetime import timedelta

import pytest

from apps.accounts.contracts import Follower
from apps.notifications import queries
from apps.notifications.contracts import FOLLOWERS, NewNotice, Stuck
from apps.notifications.documents import Chunk, NoticeEvent
from apps.notifications.errors import NoticeNotFound, UnknownNoticeType
from apps.notifications.events import NoticeRequested
from apps.notifications.rules.sending import CHUNK_USERS
from apps.notifications.services import notices
from kit.ids import new_id
from tests.conftest import NOON
from tests.notifications.builders import (
    CREATOR,
    Stage,
    a_live_notice,
    a_notice,
    the_chunk,
)


class TestRequestNotice:
    def test_announces_itself_in_the_write_that_makes_it(self) -> None:
        notice = a_live_notice(key="live:1")

        document = NoticeEvent.objects.get()
        assert [NoticeRequested.read(envelope) for envelope in document.outbox] == [
            NoticeRequested(at=NOON, notice_id=notice, type="broadcast_live", audience=FOLLOWERS)
        ]
        assert document.expires_at == NOON + timedelta(minutes=10)

    def test_asks_once_a_key(self) -> None:
        first = a_live_notice(key="live:1")

        second = a_live_notice(key="live:1", now=NOON + timedelta(hours=1))

        assert first == second
        assert len(NoticeEvent.objects.get().outbox) == 1

    def test_refuses_an_unknown_type(self) -> None:
        with pytest.raises(UnknownNoticeType):
            notices.request_notice(
                notice=NewNotice(key="k", type="birthday", audience="ada"), now=NOON
            )


class TestPlanNotice:
    def test_puts_every_follower_into_exactly_one_chunk(self, stage: Stage) -> None:
        fans = an_audience(stage, CHUNK_USERS + 5)
        notice = a_live_notice()

        chunks = stage.plan(notice)

        assert [the_chunk(notice, number).size for number in range(2)] == [CHUNK_USERS, 5]
        assert reached(stage, chunks) == sorted(fans)
        assert NoticeEvent.objects.get().users == CHUNK_USERS + 5

    def test_keeps_the_ranges_it_gave_when_it_runs_twice(self, stage: Stage) -> None:
        fans = an_audience(stage, CHUNK_USERS + 5)
        notice = a_live_notice()
        first = next(
            notices.plan_notice(notice_id=notice, audience=stage.audience, now=NOON)
        )  # and then the planner dies
        del stage.audience.edges[CREATOR][3]

        chunks = stage.plan(notice)

        assert chunks[0] == first
        assert the_chunk(notice).size == CHUNK_USERS
        assert reached(stage, chunks) == sorted(fans[:3] + fans[4:])

    def test_is_done_at_once_without_followers(self, stage: Stage) -> None:
        notice = a_live_notice()

        assert stage.plan(notice) == []
        assert queries.get_notice(notice_id=notice).state == "done"

    def test_refuses_what_is_not_there(self, stage: Stage) -> None:
        with pytest.raises(NoticeNotFound):
            stage.plan(new_id())


class TestListRange:
    def test_reads_on_when_the_range_has_grown(self, stage: Stage) -> None:
        an_audience(stage, CHUNK_USERS)
        notice = a_live_notice()
        stage.plan(notice)
        edges = stage.audience.edges[CREATOR]
        late = Follower(edge_id=edges[0].edge_id + "0", follower_id="again", bell="all")
        edges.insert(1, late)

        found = notices.list_range(
            chunk=the_chunk(notice), creator_id=CREATOR, audience=stage.audience
        )

        assert len(found) == CHUNK_USERS + 1
        assert late in found


class TestGetNotice:
    def test_refuses_what_is_not_there(self) -> None:
        with pytest.raises(NoticeNotFound):
            queries.get_notice(notice_id=new_id())


class TestWithdrawNotice:
    def test_ends_it_now(self) -> None:
        a_live_notice(key="live:1")

        notices.withdraw_notice(key="live:1", now=NOON + timedelta(minutes=1))

        assert NoticeEvent.objects.get().expires_at == NOON + timedelta(minutes=1)

    def test_never_makes_it_last_longer(self) -> None:
        a_live_notice(key="live:1")

        notices.withdraw_notice(key="live:1", now=NOON + timedelta(hours=1))

        assert NoticeEvent.objects.get().expires_at == NOON + timedelta(minutes=10)


class TestFindStuck:
    def test_finds_a_notice_nobody_planned(self) -> None:
        bulk = a_live_notice()
        personal = a_notice("upload_failed", audience="ada")

        stuck = notices.find_stuck(now=NOON + timedelta(minutes=2))

        assert (stuck.plans, stuck.personal, stuck.chunks) == ([bulk], [personal], [])

    def test_finds_a_chunk_nobody_sent(self, stage: Stage) -> None:
        stage.a_follower()
        chunks = stage.plan(a_live_notice())

        stuck = notices.find_stuck(now=NOON + timedelta(minutes=2))

        assert (stuck.plans, stuck.chunks) == ([], chunks)

    def test_leaves_alone_what_somebody_holds_or_what_is_not_due(self, stage: Stage) -> None:
        now = NOON + timedelta(minutes=2)
        for held in (
            {"lease_until": now + timedelta(seconds=1)},
            {"not_before": now + timedelta(1)},
        ):
            stage.a_follower()
            [chunk] = stage.plan(a_live_notice())
            Chunk.objects(id=chunk).update(**{f"set__{name}": at for name, at in held.items()})

        assert notices.find_stuck(now=now).chunks == []

    def test_gives_a_queued_task_time(self, stage: Stage) -> None:
        stage.a_follower()
        stage.plan(a_live_notice())
        now = NOON + timedelta(minutes=2)
        assert notices.find_stuck(now=now).chunks

        assert notices.find_stuck(now=now + timedelta(seconds=30)).chunks == []

    def test_closes_a_notice_whose_last_worker_died_before_it_could(self, stage: Stage) -> None:
        stage.a_follower()
        notice = a_live_notice()
        stage.deliver(notice)
        NoticeEvent.objects(id=notice).update(set__state="sending")

        stuck = notices.find_stuck(now=NOON + timedelta(minutes=2))

        assert stuck == Stuck(plans=[], chunks=[], personal=[])
        assert queries.get_notice(notice_id=notice).state == "done"


def an_audience(stage: Stage, size: int) -> list[str]:
    stage.audience.edges[CREATOR] = [
        Follower(edge_id=f"{number:026d}", follower_id=f"fan-{number:05d}", bell="all")
        for number in range(size)
    ]
    return [edge.follower_id for edge in stage.audience.edges[CREATOR]]


def reached(stage: Stage, chunk_ids: list[str]) -> list[str]:
    return sorted(
        edge.follower_id
        for chunk_id in chunk_ids
        for edge in notices.list_range(
            chunk=Chunk.objects.get(id=chunk_id), creator_id=CREATOR, audience=stage.audience
        )
    )

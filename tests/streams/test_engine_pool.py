"""The pool of ingests: lent one by one, reset in between, never more made than allowed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.test import Client

import sandbox
from apps.streams import public, wiring
from apps.streams.adapters.memory import Memory
from apps.streams.contracts import LentIngest
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.pool import PooledStream
from apps.streams.errors import NoIngestFree, TooManyIngests
from apps.streams.services import broadcasts, engine_pool, engine_sync
from apps.streams.services.engine_poll import EngineParts, Terms
from kit.documents import utc_now
from kit.secrets import Safe
from sandbox import client
from sandbox.threaded import StandIns
from tests.accounts.builders import Caller
from tests.conftest import NOON
from tests.streams.builders import ADA, LEASE_S, PEPPER, a_broadcast, state_of
from tests.streams.calls import open_broadcast, problem, queued
from tests.streams.stages import OnWowzaVideo

SAFE = Safe([Fernet.generate_key().decode()])
SECRET = "v" * 32
EVE = "01EVE00000000000000000000A"
RACES = 10


@dataclass
class Pool:
    """A provider in memory, and a clock."""

    size: int = 2
    most: int = 9
    engine: Memory = field(default_factory=lambda: Memory(polled=True, pool_limit=10))
    now: datetime = NOON

    def tend(self, times: int = 1) -> None:
        for _ in range(times):
            engine_pool.tend(pool=self.engine, size=self.size, safe=SAFE, now=self.now)
            self.now += timedelta(seconds=10)

    def lend(self, broadcast_id: str, creator_id: str = ADA) -> LentIngest:
        return engine_pool.lend(
            broadcast_id=broadcast_id,
            creator_id=creator_id,
            pepper=PEPPER,
            safe=SAFE,
            now=self.now,
            most=self.most,
        )

    @property
    def states(self) -> list[str]:
        return [row.state for row in PooledStream.objects.order_by("id")]


@pytest.fixture
def pool() -> Pool:
    made = Pool()
    made.tend(5)
    assert made.states == ["free", "free"]
    return made


class TestLend:
    def test_gives_each_broadcast_one_of_its_own_until_none_is_free(self, pool: Pool) -> None:
        lent = [pool.lend(a_broadcast().id) for _ in range(2)]

        with pytest.raises(NoIngestFree):
            pool.lend(a_broadcast().id)

        assert len({one.key for one in lent}) == 2

    def test_gives_what_came_back_only_once_its_login_was_changed(self, pool: Pool) -> None:
        first, second = a_broadcast(), a_broadcast()
        before = pool.lend(first.id)
        pool.lend(second.id)

        engine_pool.give_back(broadcast_id=first.id)
        with pytest.raises(NoIngestFree):
            pool.lend(a_broadcast().id)
        pool.tend()
        after = pool.lend(a_broadcast().id)

        assert after.key != before.key

    def test_of_a_broadcast_that_has_one_gives_it_another(self, pool: Pool) -> None:
        opened = a_broadcast()

        keys = {pool.lend(opened.id).key for _ in range(2)}

        assert len(keys) == 2
        assert sorted(pool.states) == ["lent", "resetting"]


@pytest.fixture
def large() -> Pool:
    """Five free ones, of which a creator may have two."""
    made = Pool(size=5, most=2)
    made.tend(10)
    assert made.states == ["free"] * 5
    return made


class TestOneCreator:
    @pytest.mark.parametrize(("size", "most"), [(1, 1), (2, 1), (3, 2), (10, 2)])
    def test_may_never_have_all_where_there_are_several(self, size: int, most: int) -> None:
        assert engine_pool.most_each(size) == most

    def test_gets_as_many_as_one_may_and_leaves_the_rest(self, large: Pool) -> None:
        for _ in range(2):
            large.lend(a_broadcast(starts_at=NOON + timedelta(days=300)).id)

        with pytest.raises(TooManyIngests):
            large.lend(a_broadcast().id)

        assert large.lend(a_broadcast(creator_id=EVE).id, EVE).key
        assert sorted(large.states) == ["free", "free", "lent", "lent", "lent"]

    def test_may_have_another_as_soon_as_one_broadcast_is_over(self, large: Pool) -> None:
        first, second = a_broadcast(), a_broadcast()
        for one in (first, second):
            large.lend(one.id)
        broadcasts.end_broadcast(
            broadcast_id=first.id, by=ADA, reason="creator", note="", now=NOON
        )

        large.lend(a_broadcast().id)

        assert sorted(large.states) == ["free", "free", "lent", "lent", "resetting"]

    def test_changes_logins_no_faster_than_they_are_made(self, large: Pool) -> None:
        first, second = a_broadcast(), a_broadcast()
        large.lend(first.id)
        large.lend(second.id)

        large.lend(first.id)
        with pytest.raises(NoIngestFree):
            large.lend(first.id)
        held = sorted(large.states)
        large.tend()
        again = large.lend(first.id)

        assert held == ["free", "free", "lent", "resetting", "resetting"]
        assert again.key

    def test_gets_no_more_by_asking_for_all_at_once(self, large: Pool) -> None:
        for _ in range(RACES):
            opened = [a_broadcast().id for _ in range(5)]

            with ThreadPoolExecutor(5) as threads:
                got = list(threads.map(partial(got_one, large), opened))

            assert sum(got) <= large.states.count("lent") <= 2
            for broadcast_id in opened:
                engine_pool.give_back(broadcast_id=broadcast_id)
            large.tend()


def got_one(pool: Pool, broadcast_id: str) -> bool:
    try:
        return bool(pool.lend(broadcast_id))
    except (TooManyIngests, NoIngestFree):
        return False


class TestTend:
    def test_takes_back_what_a_cancelled_broadcast_had(self, pool: Pool) -> None:
        opened = a_broadcast()
        pool.lend(opened.id)
        broadcasts.end_broadcast(
            broadcast_id=opened.id, by=ADA, reason="creator", note="", now=NOON
        )

        pool.tend()

        assert pool.states == ["free", "free"]

    def test_finishes_what_a_killed_worker_had_begun_without_making_another(self) -> None:
        pool = Pool(size=1)
        pool.tend()
        (begun,) = PooledStream.objects
        pool.engine.create(str(begun.id))  # made, and its answer lost

        pool.tend(3)

        assert (pool.states, len(pool.engine.pool)) == (["free"], 1)

    def test_makes_ten_within_three_hours_and_no_more(self) -> None:
        pool = Pool(size=20)

        pool.tend(30)
        made = len(pool.states)
        pool.now += timedelta(hours=3)
        pool.tend(3)

        assert (made, len(pool.states)) == (10, 13)

    def test_bears_a_provider_that_is_away(self, pool: Pool) -> None:
        pool.lend(a_broadcast().id)
        pool.engine.is_down = True

        pool.tend()

        assert sorted(pool.states) == ["free", "lent"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with sandbox.serve(tmp_path_factory.mktemp("sandbox")) as stand_ins:
        yield stand_ins


class TestABroadcastOverTheCloud:
    def test_is_lent_played_recorded_and_given_back(
        self, running: StandIns, tmp_path: Path
    ) -> None:
        client.reset(running.wowza_url)
        stage = OnWowzaVideo(tmp_path, running)
        engine = stage.engine
        parts = EngineParts(
            engine=engine, files=engine, output=engine, recorder=engine, targets=engine
        )
        terms = Terms(pepper=PEPPER, lease_s=LEASE_S, safe=SAFE, outside=wiring.outside())
        opened = a_broadcast()

        for _ in range(2):
            engine_pool.tend(pool=engine, size=1, safe=SAFE, now=utc_now())
        lent = engine_pool.lend(
            broadcast_id=opened.id,
            creator_id=ADA,
            pepper=PEPPER,
            safe=SAFE,
            now=utc_now(),
            most=1,
        )
        for _ in range(3):
            engine_pool.tend(pool=engine, size=1, safe=SAFE, now=utc_now())
        (row,) = PooledStream.objects
        stage.publish_to(lent.url, lent.key)
        engine_sync.poll(parts=parts, terms=terms, clock=utc_now)
        address = engine.find_address(opened.id, now=utc_now(), ttl_s=60)
        on_air = state_of(opened.id)
        engine_sync.release(broadcast_id=opened.id, parts=parts)
        engine_pool.give_back(broadcast_id=opened.id)

        assert (row.is_prepared, on_air) == (True, "live")
        assert lent.key not in str(address)
        assert [path.read_bytes() for path in engine.list_parts(opened.id)] == [b"part"]
        assert [one.state for one in PooledStream.objects] == ["resetting"]


class TestTheApi:
    @pytest.fixture(autouse=True)
    def _pooled(self, settings: LazySettings) -> Iterator[None]:
        settings.STREAMS_MEDIA_ENGINE = ("memory.Memory", {"polled": True, "pool_limit": 1})
        settings.STREAMS_WOWZA_VIDEO_HOOK_SECRET = SECRET
        settings.STREAMS_POOL_SIZE = 1
        wiring.media_engine.cache_clear()
        yield
        wiring.media_engine.cache_clear()

    @pytest.mark.django_db
    def test_tells_the_address_of_the_loan_or_that_none_is_free(self) -> None:
        caller = Caller("ada")
        for _ in range(2):
            public.tend_pool()

        lent = open_broadcast(caller)["ingest"]
        refused = caller.send("POST", "broadcasts", {"title": "One more"})
        late = Caller("eve").send("POST", "broadcasts", {"title": "Too late"})

        assert lent["url"] == "rtmp://memory/pool"
        assert problem(refused) == (409, "too-many-ingests")
        assert problem(late) == (503, "no-ingest-free")
        assert Broadcast.objects.count() == 1

    def test_hears_the_cloud_at_its_secret_path_only(self) -> None:
        queued()
        told = {"event_id": "e-9", "event_type": "video.updated", "object_id": "x"}

        answers = [
            Client().post(f"/hooks/wowza-video/{key}", told, "application/json")
            for key in (SECRET, "guess")
        ]

        assert [answer.status_code for answer in answers] == [200, 403]
        assert queued() == [("streams.poll_engine", {})]

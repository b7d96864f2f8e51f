"""What every Audience and its Harvests promise, in Redis and in memory."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from django_redis import get_redis_connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from apps.streams.adapters.memory import MemoryAudience
from apps.streams.adapters.redis_presence import RedisAudience
from apps.streams.errors import AudienceAway
from apps.streams.ports import Sign
from apps.streams.rules.histograms import bucket_of
from apps.streams.rules.presence import MOST_SESSIONS
from tests.streams.watching import FOR_EVER, NOON_MS, a_sign, a_viewer, counted, harvested

Store = MemoryAudience | RedisAudience


def in_redis() -> RedisAudience:
    return RedisAudience(url=django_settings.REDIS_STATE_URL)


@pytest.fixture(params=[MemoryAudience, in_redis])
def store(request: pytest.FixtureRequest) -> Store:
    made: Callable[[], Store] = request.param
    return made()


class TestPresence:
    def test_lasts_for_45_seconds_after_the_last_sign(self, store: Store) -> None:
        a_viewer(store, "ada").beat(0, 30)
        a_viewer(store, "eve").beat(20)

        counts = [store.count(["b"], at=NOON_MS + at_s * 1000) for at_s in (40, 64, 66, 74, 76)]

        assert counts == [[2], [2], [1], [1], [0]]

    def test_counts_a_session_once_however_often_it_speaks(self, store: Store) -> None:
        assert a_viewer(store).beat(0, 1, 2, 3).viewers == 1

    def test_ends_at_once_where_the_viewer_leaves(self, store: Store) -> None:
        ada = a_viewer(store)
        ada.beat(0)

        assert ada.beat(10, is_leaving=True).viewers == 0
        assert harvested(store)["watch_ms"] == 10_000

    def test_adds_up_over_broadcasts(self, store: Store) -> None:
        a_viewer(store, "ada", "one").beat(0)
        a_viewer(store, "ada", "two").beat(0)
        a_viewer(store, "eve", "two").beat(0)

        assert store.count(["one", "two", "none"], at=NOON_MS) == [1, 2, 0]
        assert store.total(at=NOON_MS) == 3

    def test_is_of_so_many_sessions_a_person_and_no_more(self, store: Store) -> None:
        tallies = [
            store.note(a_sign(session=f"s{nth}", at_s=nth)) for nth in range(MOST_SESSIONS + 2)
        ]
        later = store.note(a_sign(session="s7", at_s=46))

        assert [one.is_counted for one in tallies] == [True] * MOST_SESSIONS + [False] * 2
        assert tallies[-1].viewers == MOST_SESSIONS
        assert later.is_counted

    def test_needs_a_verdict_first_and_again_when_it_is_old(self, store: Store) -> None:
        unknown = a_sign(allowed_until=0)

        first = store.note(unknown)
        admitted = store.note(replace(unknown, allowed_until=NOON_MS + 50_000))
        believed = store.note(a_sign(allowed_until=0, at_s=49))
        again = store.note(a_sign(allowed_until=0, at_s=51))

        verdicts = [one.needs_verdict for one in (first, admitted, believed, again)]
        assert verdicts == [True, False, False, True]

    def test_believes_nobody_for_somebody_else(self, store: Store) -> None:
        store.note(a_sign())

        assert store.note(a_sign(session="eve-1", person="eve", allowed_until=0)).needs_verdict


class TestWatchTime:
    def test_is_the_time_between_signs(self, store: Store) -> None:
        a_viewer(store).beat(0, 20, 45)

        assert harvested(store)["watch_ms"] == 45_000

    def test_is_credited_once_for_a_sign_that_is_sent_again(self, store: Store) -> None:
        a_viewer(store).beat(0, 20, 20, 20, 20.5, 20.9, 40)

        assert harvested(store)["watch_ms"] == 40_000

    def test_is_never_more_than_the_time_that_passed(self, store: Store) -> None:
        a_viewer(store).beat(0, 10, 20, watched=86_400_000)

        assert harvested(store)["watch_ms"] == 20_000

    def test_is_less_where_the_player_stood_still(self, store: Store) -> None:
        a_viewer(store).beat(0, 20, watched=3_000)

        assert harvested(store)["watch_ms"] == 3_000

    def test_leaves_out_the_time_a_viewer_was_gone(self, store: Store) -> None:
        a_viewer(store).beat(0, 20, 300, 310)

        sums = harvested(store)
        assert (sums["watch_ms"], sums["views"]) == (30_000, 1)

    def test_does_not_run_backwards(self, store: Store) -> None:
        a_viewer(store).beat(0, 20, 5, 25)

        assert harvested(store)["watch_ms"] == 25_000

    def test_keeps_each_view_in_the_one_bucket_of_its_length(self, store: Store) -> None:
        a_viewer(store, "ada").beat(0, 30, 60)
        a_viewer(store, "eve").beat(0)

        sums = harvested(store)
        lasted = {name: count for name, count in sums.items() if name.startswith("lasted:")}
        assert lasted == {f"lasted:{bucket_of(60)}": 1, "lasted:0": 1}


class TestBeacons:
    def test_are_cut_to_what_can_be(self, store: Store) -> None:
        a_viewer(store).beat(0, 20, rebuffer=86_400_000, rebuffers=9_999, kbps=100_000)

        sums = harvested(store)
        assert (sums["rebuffer_ms"], sums["rebuffers"]) == (20_000, 20)
        assert (sums["bits"], sums["rated_ms"]) == (100_000 * 20_000, 20_000)

    def test_take_the_start_of_a_session_once(self, store: Store) -> None:
        a_viewer(store).beat(0, 20, 40, startup_bucket=41)

        assert harvested(store)["startups:41"] == 1

    def test_count_an_error_once_for_a_sign_that_is_sent_again(self, store: Store) -> None:
        a_viewer(store).beat(0, 0, 0.2, 20, 20, errors=("decode", "network"))

        sums = harvested(store)
        assert (sums["errors:decode"], sums["errors:network"]) == (2, 2)


class TestCurve:
    def test_counts_each_part_that_was_played(self, store: Store) -> None:
        ada = a_viewer(store)
        for at_s in (0, 20, 40):
            ada.beat(at_s, position=at_s * 1000)

        assert curve(store) == {0: 1, 1: 1, 2: 1, 3: 1, 4: 1}

    def test_leaves_out_what_was_skipped(self, store: Store) -> None:
        ada = a_viewer(store)
        ada.beat(0, position=0)
        ada.beat(20, position=3_000_000)

        assert curve(store) == {0: 1, 300: 1}

    def test_follows_a_running_broadcast_by_the_clock(self, store: Store) -> None:
        a_viewer(store).beat(0, 20, live_since=NOON_MS - 60_000)

        assert curve(store) == {6: 1, 7: 1, 8: 1}


class TestHarvests:
    def test_hold_each_count_in_its_minute_and_the_peak_of_it(self, store: Store) -> None:
        ada = a_viewer(store, "ada")
        ada.beat(0, 45)
        a_viewer(store, "eve").beat(50)
        ada.beat(65)

        (harvest,) = store.take(limit=10)

        first = NOON_MS // 60_000
        assert harvest.minutes == {
            first: {"views": 2, "watch_ms": 45_000, "peak": 2},
            first + 1: {"watch_ms": 20_000, "peak": 2},
        }

    def test_are_returned_again_until_they_are_settled(self, store: Store) -> None:
        ada = a_viewer(store)
        ada.beat(0, 20)
        first = store.take(limit=10)
        ada.beat(40)

        again = store.take(limit=10)
        store.settle(again)
        (rest,) = store.take(limit=10)
        store.settle([rest])

        assert again == first
        assert counted(rest)["watch_ms"] == 20_000
        assert rest.number > first[0].number
        assert store.take(limit=10) == []

    def test_are_not_settled_by_an_older_one(self, store: Store) -> None:
        ada = a_viewer(store)
        ada.beat(0)
        old = store.take(limit=10)
        store.settle(old)
        ada.beat(20)
        new = store.take(limit=10)

        store.settle(old)

        assert store.take(limit=10) == new

    def test_know_people_of_older_times(self, store: Store) -> None:
        for name in ("ada", "eve", "bob"):
            a_viewer(store, name, "old").beat(0)
        for name in ("ada", "kim"):
            a_viewer(store, name, "b").beat(0)
        older = store.unite("old", b"")

        both = store.unite("b", older.sketch)
        same = store.unite("b", both.sketch)

        assert (older.count, both.count, same) == (3, 4, both)


SIGNS = st.builds(
    a_sign,
    person=st.sampled_from(["ada", "eve"]),
    session=st.sampled_from([f"s{nth}" for nth in range(8)]),
    at_s=st.integers(0, 200).map(lambda tenths: tenths * 0.7),
    allowed_until=st.sampled_from([0, FOR_EVER, NOON_MS + 30_000]),
    live_since=st.sampled_from([0, NOON_MS - 3_599_000]),
    position=st.sampled_from([-1, 0, 15_000, 60_000, 3_600_000, 90_000_000]),
    startup_bucket=st.sampled_from([-1, 0, 41]),
    watched=st.sampled_from([-1, 0, 500, 20_000, 999_999]),
    rebuffer=st.sampled_from([0, 700, 999_999]),
    rebuffers=st.sampled_from([0, 3]),
    kbps=st.sampled_from([0, 2_500]),
    is_leaving=st.booleans(),
    errors=st.sampled_from([(), ("decode",)]),
)


def in_time(signs: list[Sign]) -> list[Sign]:
    return sorted(signs, key=lambda sign: sign.at)


class TestScript:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(signs=st.lists(SIGNS, max_size=15).map(in_time))
    def test_says_what_the_memory_adapter_says(self, signs: list[Sign]) -> None:
        redis, memory = in_redis(), MemoryAudience()
        get_redis_connection("state").flushdb()
        # a session belongs to one person, as its disguised id is made of theirs
        told = [replace(one, session=f"{one.person}-{one.session}") for one in signs]

        answers = [(redis.note(one), memory.note(one)) for one in told]
        taken = [
            [(one.minutes, one.whole) for one in each.take(limit=9)] for each in (redis, memory)
        ]

        assert all(theirs == ours for theirs, ours in answers)
        assert taken[0] == taken[1]


class TestAway:
    def test_is_found_out_once_and_then_known_for_a_moment(self) -> None:
        asked: list[object] = []
        with socketserver.TCPServer(("127.0.0.1", 0), hang_up(asked)) as nobody:
            threading.Thread(target=nobody.serve_forever, daemon=True).start()
            store = RedisAudience(url=f"redis://127.0.0.1:{nobody.server_address[1]}/0")

            for _ in range(3):
                with pytest.raises(AudienceAway):
                    store.count(["b"], at=NOON_MS)
            nobody.shutdown()

        assert len(asked) == 2  # the call, and its one retry


def hang_up(asked: list[object]) -> type[socketserver.BaseRequestHandler]:
    """Return what a server does that takes connections and ends them."""

    class Handler(socketserver.BaseRequestHandler):
        @override
        def handle(self) -> None:
            asked.append(self.client_address)

    return Handler


def curve(store: Store) -> dict[int, int]:
    return {
        int(name.partition(":")[2]): count
        for name, count in harvested(store).items()
        if name.startswith("curve:")
    }

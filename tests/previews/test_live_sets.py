"""What becomes of a running broadcast's set: filled, refreshed, swept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from apps.previews.adapters.memory import MemoryMaker, MemoryShelf
from apps.previews.contracts import State, Subject
from apps.previews.documents.sets import REFRESH_LEASE, PreviewSet
from apps.previews.errors import LiveNotReady, MakerDown, ShelfDown, Truncated
from apps.previews.ports import Footage, Made
from apps.previews.queries.stored_names import find_stored_names
from apps.previews.services import jobs, sets, upkeep
from apps.streams.contracts import LiveSegments
from kit.ids import new_id
from tests.conftest import NOON
from tests.previews.acting import refresh
from tests.previews.builders import a_live, announced, the_set

pytestmark = pytest.mark.usefixtures("indexes")

MINUTE = timedelta(minutes=1)


class TestRefreshLive:
    def test_fills_the_set_and_says_that_it_is_live(self, tmp_path: Path) -> None:
        broadcast_id = new_id()

        refresh(broadcast_id, a_live(tmp_path, b"one"))

        filled = the_set(Subject.BROADCAST, broadcast_id)
        kinds = {asset.kind for asset in filled.assets}
        assert kinds == {"preview", "thumbnail", "thumbnail_webp"}
        assert announced(filled) == [
            {
                "key": "preview.ready",
                "subject": "broadcast",
                "subject_id": broadcast_id,
                "broadcast_id": broadcast_id,
                "is_live": True,
            }
        ]

    def test_shows_the_maker_init_and_the_newest_segments(self, tmp_path: Path) -> None:
        maker = MemoryMaker()

        refresh(new_id(), a_live(tmp_path, b"0", b"1", b"2", b"3", b"4"), maker=maker)

        assert maker.seen == [b"init 234"]

    def test_announces_only_the_first_time(self, tmp_path: Path) -> None:
        broadcast_id = new_id()

        for footage in (b"one", b"two", b"three"):
            refresh(broadcast_id, a_live(tmp_path, footage))

        refreshed = the_set(Subject.BROADCAST, broadcast_id)
        assert refreshed.revision == 3
        assert len(announced(refreshed)) == 1

    def test_rests_while_there_is_nothing_newer(self, tmp_path: Path) -> None:
        broadcast_id, maker = new_id(), MemoryMaker()

        for _ in range(2):
            refresh(broadcast_id, a_live(tmp_path, b"one"), maker=maker)

        assert len(maker.seen) == 1

    def test_is_ready_again_where_it_was_to_be_made_anew_of_nothing_newer(
        self, tmp_path: Path
    ) -> None:
        broadcast_id = new_id()
        refresh(broadcast_id, a_live(tmp_path, b"one"))
        sets.regenerate(subject=Subject.BROADCAST, subject_id=broadcast_id, now=NOON)

        refresh(broadcast_id, a_live(tmp_path, b"one"))

        assert the_set(Subject.BROADCAST, broadcast_id).state == State.READY

    def test_stays_ready_where_it_ended_before_it_was_made_anew(self, tmp_path: Path) -> None:
        broadcast_id = new_id()
        refresh(broadcast_id, a_live(tmp_path, b"one"))
        sets.regenerate(subject=Subject.BROADCAST, subject_id=broadcast_id, now=NOON)

        for hours in range(1, 2 + jobs.MOST_TRIES[Subject.BROADCAST]):
            upkeep.claim_stale(now=NOON + timedelta(hours=hours))

        ended = the_set(Subject.BROADCAST, broadcast_id)
        assert (ended.state, ended.error) == (State.READY, {})

    def test_keeps_what_a_cached_feed_may_show_and_deletes_what_is_older(
        self, tmp_path: Path
    ) -> None:
        broadcast_id, shelf = new_id(), MemoryShelf()
        shown, kept = [], []

        for minute in range(8):
            live = a_live(tmp_path, b"%d" % minute)
            refresh(broadcast_id, live, shelf=shelf, now=NOON + minute * MINUTE)
            assets = the_set(Subject.BROADCAST, broadcast_id).assets
            shown.append({asset.name for asset in assets})
            kept.append([minute for minute, names in enumerate(shown) if names <= {*shelf.files}])

        # the first was on screens until minute 2, and stays for five minutes more
        assert kept[6] == [0, 1, 2, 3, 4, 5, 6]
        assert kept[7] == [1, 2, 3, 4, 5, 6, 7]
        assert len(shelf.files) == len({name for names in shown[1:] for name in names})

    def test_deletes_what_was_left_once_it_is_over(self, tmp_path: Path) -> None:
        broadcast_id, shelf = new_id(), MemoryShelf()
        for footage in (b"one", b"two", b"three"):
            refresh(broadcast_id, a_live(tmp_path, footage), shelf=shelf)
        shelf_before = list(shelf.files)
        known = find_stored_names(shelf_before)

        early = upkeep.sweep(shelf=shelf, now=NOON + 4 * MINUTE)
        upkeep.sweep(shelf=shelf, now=NOON + 6 * MINUTE)

        live = the_set(Subject.BROADCAST, broadcast_id)
        assert known == set(shelf_before)
        assert early == 0
        assert set(shelf.files) == live.wanted_names
        assert live.tidy_at is None

    def test_leaves_nothing_when_it_is_removed(self, tmp_path: Path) -> None:
        broadcast_id, shelf = new_id(), MemoryShelf()
        for footage in (b"one", b"two", b"three"):
            refresh(broadcast_id, a_live(tmp_path, footage), shelf=shelf)

        upkeep.take_down(subject=Subject.BROADCAST, gone=[broadcast_id], shelf=shelf, now=NOON)

        assert shelf.files == {}

    def test_deletes_later_what_could_not_be_deleted(self, tmp_path: Path) -> None:
        broadcast_id, shelf = new_id(), MemoryShelf()
        for footage in (b"one", b"two", b"three"):
            refresh(broadcast_id, a_live(tmp_path, footage), shelf=shelf)
        with pytest.raises(ShelfDown):
            refresh(
                broadcast_id,
                a_live(tmp_path, b"four"),
                shelf=NeverDeleting(shelf.files),
                now=NOON + 6 * MINUTE,
            )

        upkeep.sweep(shelf=shelf, now=NOON + 12 * MINUTE)

        live = the_set(Subject.BROADCAST, broadcast_id)
        assert set(shelf.files) == {asset.name for asset in live.assets} | set(live.before.names())

    @pytest.mark.parametrize(
        "live",
        [
            LiveSegments(init="", segments=[]),
            LiveSegments(init="/nowhere/init.mp4", segments=["/nowhere/1.m4s"]),
        ],
        ids=["no-segments", "segments-gone"],
    )
    def test_waits_for_footage(self, live: LiveSegments) -> None:
        broadcast_id = new_id()

        with pytest.raises(LiveNotReady):
            refresh(broadcast_id, live)

        assert the_set(Subject.BROADCAST, broadcast_id).state == State.PENDING

    def test_keeps_showing_what_there_is_when_a_refresh_is_refused(self, tmp_path: Path) -> None:
        broadcast_id = new_id()
        refresh(broadcast_id, a_live(tmp_path, b"one"))
        before = the_set(Subject.BROADCAST, broadcast_id)

        broken = MemoryMaker(failing=Truncated(detail="no key frame"))
        refresh(broadcast_id, a_live(tmp_path, b"two"), maker=broken)

        after = the_set(Subject.BROADCAST, broadcast_id)
        assert after.state == State.READY
        assert after.assets == before.assets
        assert len(announced(after)) == 1

    def test_heals_a_set_whose_first_footage_was_refused(self, tmp_path: Path) -> None:
        broadcast_id = new_id()
        broken = MemoryMaker(failing=Truncated(detail="no key frame"))
        refresh(broadcast_id, a_live(tmp_path, b"one"), maker=broken)

        refresh(broadcast_id, a_live(tmp_path, b"two"))

        healed = the_set(Subject.BROADCAST, broadcast_id)
        assert (healed.state, healed.error) == (State.READY, {})
        assert [one["key"] for one in announced(healed)] == ["preview.failed", "preview.ready"]

    def test_lets_a_slow_refresh_come_to_its_end(self, tmp_path: Path) -> None:
        broadcast_id, second = new_id(), MemoryMaker()

        def next_tick() -> None:
            newer = a_live(tmp_path / "newer", b"two")
            refresh(broadcast_id, newer, maker=second, now=NOON + timedelta(seconds=20))

        refresh(broadcast_id, a_live(tmp_path / "first", b"one"), maker=Slow(next_tick))
        refresh(broadcast_id, a_live(tmp_path / "newest", b"three"))

        assert second.seen == []
        assert the_set(Subject.BROADCAST, broadcast_id).revision == 2

    def test_is_taken_over_from_a_worker_that_was_killed(self, tmp_path: Path) -> None:
        broadcast_id, live = new_id(), a_live(tmp_path, b"one")
        a_refresh_that_was_killed(broadcast_id)

        for later in (REFRESH_LEASE - timedelta(seconds=1), REFRESH_LEASE):
            before = the_set(Subject.BROADCAST, broadcast_id).revision
            refresh(broadcast_id, live, now=NOON + later)

        assert (before, the_set(Subject.BROADCAST, broadcast_id).revision) == (0, 1)

    def test_is_tried_again_at_once_after_an_outage(self, tmp_path: Path) -> None:
        broadcast_id, live = new_id(), a_live(tmp_path, b"one")
        with pytest.raises(MakerDown):
            refresh(broadcast_id, live, maker=MemoryMaker(failing=MakerDown(detail="x")))

        refresh(broadcast_id, live)

        assert the_set(Subject.BROADCAST, broadcast_id).revision == 1


def a_refresh_that_was_killed(broadcast_id: str) -> None:
    """Leave a set as a worker does that had only begun."""
    PreviewSet.ensure(Subject.BROADCAST, broadcast_id, broadcast_id=broadcast_id, now=NOON)
    assert PreviewSet.objects.of(Subject.BROADCAST, broadcast_id).begin_refresh(now=NOON)


class Slow(MemoryMaker):
    """Takes so long that the next tick comes meanwhile."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        MemoryMaker.__init__(self)
        self._meanwhile = meanwhile

    @override
    def make_live_set(
        self, source: Footage, into: Path, before: Mapping[str, Path] | None = None
    ) -> Made:
        self._meanwhile()
        return super().make_live_set(source, into, before)


class NeverDeleting(MemoryShelf):
    @override
    def remove(self, name: str) -> None:
        raise ShelfDown(name=name, detail="told to delete nothing")

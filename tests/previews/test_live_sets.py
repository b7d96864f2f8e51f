"""What becomes of a running broadcast's set: filled, refreshed, swept."""

from __future__ import annotations

from pathlib import Path

import pytest
from typing_extensions import override

from apps.previews.adapters.memory import MemoryMaker, MemoryShelf
from apps.previews.contracts import State, Subject
from apps.previews.errors import LiveNotReady, ShelfDown, Truncated
from apps.streams.contracts import LiveSegments
from kit.ids import new_id
from tests.previews.acting import refresh
from tests.previews.builders import a_live, announced, the_set

pytestmark = pytest.mark.usefixtures("indexes")


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

    def test_keeps_what_screens_show_and_deletes_what_is_older(self, tmp_path: Path) -> None:
        broadcast_id, shelf = new_id(), MemoryShelf()
        shown = []

        for footage in (b"one", b"two", b"three"):
            refresh(broadcast_id, a_live(tmp_path, footage), shelf=shelf)
            assets = the_set(Subject.BROADCAST, broadcast_id).assets
            shown.append({asset.name for asset in assets})

        assert set(shelf.files) == shown[1] | shown[2]

    def test_deletes_later_what_could_not_be_deleted(self, tmp_path: Path) -> None:
        broadcast_id, shelf = new_id(), MemoryShelf()
        for footage in (b"one", b"two"):
            refresh(broadcast_id, a_live(tmp_path, footage), shelf=shelf)
        with pytest.raises(ShelfDown):
            refresh(broadcast_id, a_live(tmp_path, b"three"), shelf=NeverDeleting(shelf.files))

        refresh(broadcast_id, a_live(tmp_path, b"four"), shelf=shelf)

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


class NeverDeleting(MemoryShelf):
    @override
    def remove(self, name: str) -> None:
        raise ShelfDown(name=name, detail="told to delete nothing")

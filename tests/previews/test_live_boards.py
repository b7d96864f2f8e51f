"""The storyboard of a running broadcast grows with its DVR, and tells the DVR's times."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from typing_extensions import override

from apps.previews import rules
from apps.previews.adapters.memory import MemoryMaker, MemoryShelf
from apps.previews.adapters.pyav import PyAvMaker
from apps.previews.contracts import Subject
from apps.previews.documents.boards import LiveBoard
from apps.previews.errors import Truncated
from apps.previews.ports import Footage, Grown, Growth
from apps.previews.services import boards, upkeep
from apps.streams.contracts import DvrSegment, LiveSegments
from apps.streams.rules import dvr as playlists
from kit.ids import new_id
from tests.conftest import NOON
from tests.previews import looking
from tests.previews.acting import refresh
from tests.previews.builders import a_live, the_set
from tests.previews.media import Studio
from tests.previews.test_engine import read_cues

MINUTE = timedelta(minutes=1)
MADE = {"preview", "thumbnail", "thumbnail_webp"}


def a_dvr(count: int, *, first: int = 0, epoch: int = 1) -> list[DvrSegment]:
    """Return segments of two seconds; the playlist begins with the first of them."""
    return [
        DvrSegment(
            init=f"/dvr/init_{epoch}.mp4",
            file=f"/dvr/{epoch}_{first + number}.m4s",
            begins_s=2.0 * number,
            duration_s=2.0,
        )
        for number in range(count)
    ]


def kept(tiles: int, *, anchor: int) -> LiveBoard:
    """Return what is kept of a board with a tile each ten seconds, anchored at a segment."""
    begins_s = [10.0 * number for number in range(tiles)]
    sheets = [f"{number}.jpg" for number in range(-(-tiles // rules.SHEET_TILES))]
    return LiveBoard(
        begins_s=begins_s,
        sheets=sheets,
        next_s=10.0 * tiles,
        anchor=f"1_{anchor}.m4s",
        anchor_s=2.0 * anchor,
    )


def names(planned: boards.Plan) -> list[str]:
    return [Path(file).name for file in planned.files]


class TestPlan:
    def test_takes_one_segment_for_each_tile_and_the_newest(self) -> None:
        planned = boards.plan(LiveBoard(), a_dvr(12), has_sheet=False)

        assert planned is not None
        assert names(planned) == ["init_1.mp4", "1_0.m4s", "1_5.m4s", "1_10.m4s", "1_11.m4s"]
        assert not planned.kept.is_behind

    def test_goes_on_behind_the_last_tile(self) -> None:
        planned = boards.plan(kept(2, anchor=5), a_dvr(11), has_sheet=True)

        assert planned is not None
        assert names(planned) == ["init_1.mp4", "1_10.m4s"]
        assert planned.begins_s == 20

    def test_is_none_before_the_next_tile_is_due(self) -> None:
        assert boards.plan(kept(2, anchor=5), a_dvr(10), has_sheet=True) is None

    def test_moves_the_times_with_what_has_left_the_playlist(self) -> None:
        planned = boards.plan(kept(2, anchor=5), a_dvr(10, first=3), has_sheet=True)

        assert planned is not None
        assert list(planned.board.begins_s) == [-6, 4]
        assert (planned.begins_s, names(planned)[1]) == (14, "1_10.m4s")

    def test_lets_a_sheet_go_once_all_its_tiles_have_left(self) -> None:
        planned = boards.plan(kept(150, anchor=745), a_dvr(300, first=510), has_sheet=True)

        assert planned is not None
        assert planned.board.sheets == ("1.jpg",)
        assert planned.board.begins_s[0] == 1000 - 1020

    def test_begins_anew_where_the_playlist_is_another(self) -> None:
        planned = boards.plan(kept(2, anchor=5), a_dvr(3, first=90), has_sheet=True)

        assert planned is not None
        assert (planned.board.begins_s, planned.begins_s) == ((), 0)

    def test_makes_the_tiles_of_a_lost_sheet_again(self) -> None:
        planned = boards.plan(kept(102, anchor=505), a_dvr(511), has_sheet=False)

        assert planned is not None
        assert (len(planned.board.begins_s), planned.board.sheets) == (100, ("0.jpg",))
        assert planned.begins_s == 1000

    def test_catches_up_a_few_tiles_at_a_time(self) -> None:
        planned = boards.plan(LiveBoard(), a_dvr(500), has_sheet=False)

        assert planned is not None
        assert len(planned.files) == 1 + boards.MOST_TILES
        assert planned.kept.is_behind

    def test_leaves_the_next_session_to_the_next_growth(self) -> None:
        later = [replace(one, begins_s=20 + one.begins_s) for one in a_dvr(10, epoch=2)]

        planned = boards.plan(LiveBoard(), [*a_dvr(10), *later], has_sheet=False)

        assert planned is not None
        assert names(planned) == ["init_1.mp4", "1_0.m4s", "1_5.m4s"]
        assert planned.kept.is_behind


@pytest.mark.usefixtures("indexes")
class TestRefresh:
    """Growing is a part of the refresh, and no reason for it to fail."""

    @pytest.fixture
    def dvr(self, tmp_path: Path) -> list[DvrSegment]:
        here = [
            replace(one, init=str(tmp_path / "init"), file=str(tmp_path / Path(one.file).name))
            for one in a_dvr(90)
        ]
        for name in {file for one in here for file in (one.init, one.file)}:
            Path(name).write_bytes(Path(name).name.encode())
        return here

    def test_shows_the_board_beside_the_clips(self, tmp_path: Path, dvr: list[DvrSegment]) -> None:
        broadcast_id = new_id()

        refresh(broadcast_id, a_live(tmp_path / "live", b"one"), dvr=dvr[:3])

        shown = the_set(Subject.BROADCAST, broadcast_id).assets
        folders = {one.name.rsplit("/", 1)[0] for one in shown if one.kind in boards.KINDS}
        assert {one.kind for one in shown} == {*MADE, *boards.KINDS}
        assert folders == {f"previews/broadcast/{broadcast_id}/board"}

    def test_grows_once_a_minute(self, tmp_path: Path, dvr: list[DvrSegment]) -> None:
        broadcast_id, shelf, grown = new_id(), MemoryShelf(), []

        for number in range(7):
            live = a_live(tmp_path / "live", b"%d" % number)
            now = NOON + number * MINUTE / 3
            refresh(broadcast_id, live, dvr=dvr[: 3 + 10 * number], shelf=shelf, now=now)
            grown.append(len(the_set(Subject.BROADCAST, broadcast_id).board.begins_s))

        assert grown == [1, 1, 1, 2, 2, 2, 3]

    def test_keeps_a_sheet_that_was_replaced_for_one_growth(
        self, tmp_path: Path, dvr: list[DvrSegment]
    ) -> None:
        broadcast_id, shelf, files = new_id(), MemoryShelf(), []

        for number in range(10):
            live = a_live(tmp_path / "live", b"%d" % number)
            now = NOON + number * MINUTE / 3
            refresh(broadcast_id, live, dvr=dvr[: 3 + 10 * number], shelf=shelf, now=now)
            board = f"previews/broadcast/{broadcast_id}/board"
            files.append({name.rsplit("/", 1)[1].partition("-")[0] for name in shelf.sizes(board)})

        assert files == [{"0"}] * 3 + [{"0", "1"}] * 3 + [{"1", "2"}] * 3 + [{"2", "3"}]

    def test_leaves_nothing_when_the_set_is_removed(
        self, tmp_path: Path, dvr: list[DvrSegment]
    ) -> None:
        broadcast_id, shelf = new_id(), MemoryShelf()
        for number in range(5):
            live = a_live(tmp_path / "live", b"%d" % number)
            now = NOON + number * MINUTE
            refresh(broadcast_id, live, dvr=dvr[: 3 + 10 * number], shelf=shelf, now=now)

        upkeep.take_down(subject=Subject.BROADCAST, gone=[broadcast_id], shelf=shelf, now=NOON)

        assert shelf.files == {}

    def test_goes_on_without_a_board_that_cannot_be_made(
        self, tmp_path: Path, dvr: list[DvrSegment]
    ) -> None:
        broadcast_id = new_id()

        refresh(broadcast_id, a_live(tmp_path / "live", b"one"), dvr=dvr[:3], maker=Boardless())

        kinds = {one.kind for one in the_set(Subject.BROADCAST, broadcast_id).assets}
        assert kinds == MADE

    def test_goes_on_from_the_clips_shown_before(self, tmp_path: Path) -> None:
        broadcast_id, shelf, maker = new_id(), MemoryShelf(), MemoryMaker()

        for footage in (b"one", b"two"):
            refresh(broadcast_id, a_live(tmp_path, footage), shelf=shelf, maker=maker)

        assert maker.given[0] == {}
        assert maker.given[1] == {
            name: b"preview-%b.mp4 of init one" % name.encode()
            for name in ("data-saver", "normal")
        }


class Boardless(MemoryMaker):
    @override
    def make_live_storyboard(self, source: Footage, into: Path, growth: Growth) -> Grown:
        raise Truncated(detail="no key frame")


@pytest.mark.media
@pytest.mark.usefixtures("indexes")
class TestRealFootage:
    def test_has_the_times_of_the_playlist(self, studio: Studio, tmp_path: Path) -> None:
        playlist = studio.dvr()
        dvr = playlists.segments_of(playlist.read_text(), playlist.parent)
        broadcast_id, shelf = new_id(), MemoryShelf()

        for count, now in ((6, NOON), (23, NOON + MINUTE)):
            newest = [one.file for one in dvr[count - 3 : count]]
            live = LiveSegments(init=dvr[0].init, segments=newest)
            refresh(broadcast_id, live, dvr=dvr[:count], shelf=shelf, maker=PyAvMaker(), now=now)

        shown = the_set(Subject.BROADCAST, broadcast_id).assets
        for one in shown:
            (tmp_path / one.name.rsplit("/", 1)[1]).write_bytes(shelf.files[one.name])
        (vtt,) = (one for one in shown if one.kind == "storyboard_vtt")
        cues = read_cues(tmp_path / vtt.name.rsplit("/", 1)[1])
        begins = {round(one.begins_s, 2) for one in dvr}
        assert [span[0] for span, _, _ in cues] == pytest.approx([0, 10, 20, 30, 40], abs=0.05)
        assert all(round(span[0], 2) in begins for span, _, _ in cues)
        assert all(one[0][1] == after[0][0] for one, after in pairwise(cues))
        assert cues[-1][0][1] == pytest.approx(dvr[22].begins_s + 2, abs=0.1)
        for _, name, (x, y, width, height) in cues:
            sheet = looking.look(tmp_path / name)
            assert looking.is_picture(sheet[y : y + height, x : x + width])

    def test_encodes_only_what_is_new(self, studio: Studio, tmp_path: Path) -> None:
        playlist = studio.dvr()
        dvr = playlists.segments_of(playlist.read_text(), playlist.parent)
        broadcast_id, shelf, clips = new_id(), MemoryShelf(), []

        for count in (6, 16):
            newest = [one.file for one in dvr[count - 3 : count]]
            live = LiveSegments(init=dvr[0].init, segments=newest)
            refresh(broadcast_id, live, shelf=shelf, maker=PyAvMaker())
            one = next(
                a for a in the_set(Subject.BROADCAST, broadcast_id).assets if a.kind == "preview"
            )
            clips.append(tmp_path / f"{count}.mp4")
            clips[-1].write_bytes(shelf.files[one.name])

        was, now = (looking.watch(clip).frames for clip in clips)
        assert len(now) > len(was)
        assert all(
            looking.difference(one, other) == 0 for one, other in zip(was, now, strict=False)
        )

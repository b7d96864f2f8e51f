"""A running live: its clip goes on from the one before, and its storyboard grows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from apps.previews.adapters.pyav import PyAvMaker
from apps.previews.ports import Board, Grown, Growth, Made
from tests.previews import looking
from tests.previews.media import Studio
from tests.previews.test_engine import read_cues

pytestmark = pytest.mark.media


@dataclass(slots=True)
class Live:
    """A broadcast of eight seconds, of which any two segments are the newest."""

    studio: Studio
    folder: Path

    def newest(self, first: int) -> Path:
        init, *segments = self.studio.segments()
        joined = self.folder / f"joined-{first}.mp4"
        parts = (init, *segments[first : first + 2])
        joined.write_bytes(b"".join(part.read_bytes() for part in parts))
        return joined

    def clip(self, first: int, before: Path | None = None) -> tuple[Path, Made]:
        into = self.folder / f"clip-{first}"
        into.mkdir()
        known = {"data-saver": before} if before else {}
        made = PyAvMaker().make_live_set(self.newest(first), into, known)
        return into / "preview-data-saver.mp4", made

    def board(self, first: int, after: Grown | None = None, sheet: Path | None = None) -> Grown:
        into = self.folder / "board"
        into.mkdir(exist_ok=True)
        board = after.board if after else Board(interval_s=1.0)
        growth = Growth(begins_s=2.0 * first, board=board, last_sheet=sheet)
        return PyAvMaker().make_live_storyboard(self.newest(first), into, growth)


@pytest.fixture
def live(studio: Studio, tmp_path: Path) -> Live:
    return Live(studio, tmp_path)


class TestClip:
    def test_goes_on_from_the_one_before(self, live: Live) -> None:
        older, _ = live.clip(0)
        newer, made = live.clip(2, before=older)

        was, now = looking.watch(older), looking.watch(newer)
        assert now.duration_s > was.duration_s
        assert now.duration_s == pytest.approx(made.assets[0].duration_s, abs=0.15)
        taken_over = zip(was.frames, now.frames, strict=False)
        assert all(looking.difference(one, other) == 0 for one, other in taken_over)
        assert all(looking.is_picture(frame) for frame in now.frames)
        assert looking.index_is_in_front(newer)

    def test_begins_anew_where_the_one_before_does_not_go_with_it(
        self, studio: Studio, live: Live
    ) -> None:
        _, made = live.clip(0, before=studio.landscape())

        assert made.assets[0].duration_s == pytest.approx(4, abs=0.2)

    def test_begins_anew_where_the_one_before_is_no_clip(self, live: Live) -> None:
        broken = live.folder / "broken.mp4"
        broken.write_bytes(b"no clip")

        _, made = live.clip(0, before=broken)

        assert made.assets[0].duration_s == pytest.approx(4, abs=0.2)


class TestStoryboard:
    def test_grows_by_what_is_new(self, live: Live) -> None:
        first = live.board(0)
        sheet = live.folder / "board" / first.board.sheets[-1]
        grown = live.board(1, after=first, sheet=sheet)

        cues = read_cues(live.folder / "board" / grown.made.assets[-1].name)
        now = looking.look(live.folder / "board" / grown.board.sheets[-1])
        assert list(first.board.begins_s) == [0, 1, 2, 3]
        assert list(grown.board.begins_s) == [0, 1, 2, 3, 4, 5]
        assert [span[0] for span, _, _ in cues] == [0, 1, 2, 3, 4, 5]
        assert all(one[0][1] == after[0][0] for one, after in pairwise(cues))
        assert {name for _, name, _ in cues} == set(grown.board.sheets)
        for _, _, (x, y, width, height) in cues:
            assert looking.is_picture(now[y : y + height, x : x + width])

    def test_names_a_sheet_that_got_tiles_anew(self, live: Live) -> None:
        first = live.board(0)
        sheet = live.folder / "board" / first.board.sheets[-1]

        grown = live.board(1, after=first, sheet=sheet)

        assert sheet.exists()
        assert set(grown.board.sheets).isdisjoint(first.board.sheets)

    def test_adds_nothing_twice(self, live: Live) -> None:
        first = live.board(0)
        sheet = live.folder / "board" / first.board.sheets[-1]

        again = live.board(0, after=first, sheet=sheet)

        assert again.board.begins_s == first.board.begins_s

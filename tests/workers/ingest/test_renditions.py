"""The lists of all renditions, in step, of files that ffmpeg left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workers.ingest.tracks import a_track, names
from workers.ingest import playlist
from workers.ingest.playlist import Playlist
from workers.ingest.renditions import SOURCE, Renditions, next_begin_s


def listed(folder: Path) -> tuple[Playlist, Playlist]:
    return playlist.read(folder / SOURCE), playlist.read(folder / "r1.m3u8")


def a_follower(folder: Path, track: str, *, encoded: int = 1) -> Renditions:
    renditions = Renditions(folder, track, count=1, encoded=encoded)
    renditions.begin(next_begin_s(folder, 1))
    return renditions


class TestFollow:
    def test_waits_for_the_slowest(self, tmp_path: Path) -> None:
        a_track(tmp_path, 1, 0, 3)
        a_track(tmp_path, 1, 0, 2, rendition="r1")

        a_follower(tmp_path, "1").follow()

        source, smaller = listed(tmp_path)
        assert names(source.segments) == ["1_0.m4s", "1_1.m4s"]
        assert names(smaller.segments) == ["1r1_0.m4s", "1r1_1.m4s"]
        assert source.ends_s == smaller.ends_s == 4.0

    def test_takes_dates_from_the_source(self, tmp_path: Path) -> None:
        a_track(tmp_path, 1, 0, 1)
        late = a_track(tmp_path, 1, 0, 1, rendition="r1")
        late.write_text(late.read_text("utf-8").replace(":00.500", ":01.900"), "utf-8")

        a_follower(tmp_path, "1").follow()

        source, smaller = listed(tmp_path)
        assert smaller.segments[0].at == source.segments[0].at == "2026-11-23T12:00:00.500Z"

    def test_fills_in_what_will_not_come(self, tmp_path: Path) -> None:
        a_track(tmp_path, 1, 0, 3)
        a_track(tmp_path, 1, 0, 2, rendition="r1")

        a_follower(tmp_path, "1").follow(is_over=True)

        source, smaller = listed(tmp_path)
        assert names(smaller.segments) == ["1r1_0.m4s", "1r1_1.m4s", "1_2.m4s"]
        breaks = [segment.discontinuity for segment in smaller.segments]
        assert breaks == [segment.discontinuity for segment in source.segments]
        assert breaks == [False, False, True]

    def test_lists_the_source_where_nothing_is_encoded(self, tmp_path: Path) -> None:
        a_track(tmp_path, 1, 0, 1)
        a_track(tmp_path, 1, 0, 1, rendition="r1")
        a_follower(tmp_path, "1").follow()
        a_track(tmp_path, 2, 0, 2)

        a_follower(tmp_path, "2", encoded=0).follow()

        source, smaller = listed(tmp_path)
        assert names(smaller.segments) == ["1r1_0.m4s", "2_0.m4s", "2_1.m4s"]
        assert [segment.discontinuity for segment in source.segments] == [False, True, False]

    def test_mends_lists_of_which_a_kill_left_one_ahead(self, tmp_path: Path) -> None:
        a_track(tmp_path, 1, 0, 1)
        a_track(tmp_path, 1, 0, 1, rendition="r1")
        a_follower(tmp_path, "1").follow()
        before = (tmp_path / SOURCE).read_text("utf-8")
        a_track(tmp_path, 1, 0, 2)
        a_track(tmp_path, 1, 0, 2, rendition="r1")
        next_begin_s(tmp_path, 1)
        (tmp_path / SOURCE).write_text(before, "utf-8")

        begins_s = next_begin_s(tmp_path, 1)

        source, smaller = listed(tmp_path)
        assert begins_s == 2 * 2 + 1
        assert names(source.segments) == ["1_0.m4s", "1_1.m4s"]
        assert names(smaller.segments) == ["1r1_0.m4s", "1r1_1.m4s"]

    @pytest.mark.parametrize(("seconds", "is_in_step"), [("2.040000", True), ("4.000000", False)])
    def test_notes_segments_that_end_elsewhere(
        self, tmp_path: Path, seconds: str, *, is_in_step: bool
    ) -> None:
        a_track(tmp_path, 1, 0, 2)
        other = a_track(tmp_path, 1, 0, 2, rendition="r1")
        other.write_text(other.read_text("utf-8").replace("2.000000", seconds), "utf-8")
        renditions = a_follower(tmp_path, "1")

        renditions.follow()

        assert renditions.is_in_step is is_in_step

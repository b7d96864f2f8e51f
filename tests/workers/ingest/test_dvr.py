"""The list of a whole broadcast, and what is removed from the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.workers.ingest.tracks import a_segment, names
from workers.ingest import playlist, shelf
from workers.ingest.dvr import KEEP_MIN_S, NAME, Dvr
from workers.ingest.playlist import Playlist, Segment

LONG_AGO: float = 1_000_000_000


def a_window(*segments: Segment) -> Playlist:
    return Playlist().extended(segments)


def a_file(path: Path, *, at: float = LONG_AGO) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"media")
    os.utime(path, (at, at))
    return path


class TestCatchUp:
    def test_lists_what_slid_out_of_the_window_and_each_segment_once(self, tmp_path: Path) -> None:
        dvr = Dvr(tmp_path, 3600)

        for last in range(1, 20):
            window = [a_segment(1, n) for n in range(max(0, last - 3), last)]
            dvr.catch_up(a_window(*window))

        listed = playlist.read(tmp_path / NAME)
        assert names(listed.segments) == [f"1_{n}.m4s" for n in range(19)]
        assert (tmp_path / NAME).read_text().count("#EXT-X-MAP") == 1

    def test_goes_on_where_an_ingest_before_it_was_killed(self, tmp_path: Path) -> None:
        Dvr(tmp_path, 3600).catch_up(a_window(a_segment(1, 0), a_segment(1, 1)))

        Dvr(tmp_path, 3600).catch_up(
            a_window(a_segment(1, 1), a_segment(1, 2), a_segment(2, 0, begins=True))
        )

        listed = playlist.read(tmp_path / NAME)
        assert names(listed.segments) == ["1_0.m4s", "1_1.m4s", "1_2.m4s", "2_0.m4s"]
        assert [s.discontinuity for s in listed.segments] == [False, False, False, True]
        assert listed.segments[3].init == "init_2.mp4"

    @pytest.mark.parametrize("cut", [1, 5, 30, 60])
    def test_writes_over_what_was_cut_short(self, tmp_path: Path, cut: int) -> None:
        Dvr(tmp_path, 3600).catch_up(a_window(a_segment(1, 0), a_segment(1, 1)))
        whole = (tmp_path / NAME).read_bytes()
        (tmp_path / NAME).write_bytes(whole[:-cut])

        Dvr(tmp_path, 3600).catch_up(a_window(a_segment(1, 0), a_segment(1, 1), a_segment(1, 2)))

        listed = playlist.read(tmp_path / NAME)
        assert names(listed.segments) == ["1_0.m4s", "1_1.m4s", "1_2.m4s"]

    def test_raises_the_target_with_a_segment_that_is_longer(self, tmp_path: Path) -> None:
        dvr = Dvr(tmp_path, 3600)
        dvr.catch_up(a_window(a_segment(1, 0)))

        dvr.catch_up(a_window(a_segment(1, 0), a_segment(1, 1, 5.2)))

        listed = playlist.read(tmp_path / NAME)
        assert listed.target_s == 5
        assert len(listed.segments) == 2

    def test_drops_what_is_too_old_from_the_list_and_from_the_disk(self, tmp_path: Path) -> None:
        init = a_file(tmp_path / "init_1.mp4")
        part = a_file(tmp_path / "parts" / "0001.mp4")
        dvr = Dvr(tmp_path, KEEP_MIN_S)

        for n in range(60):
            a_file(tmp_path / f"1_{n}.m4s")
            dvr.catch_up(a_window(a_segment(1, n)))

        listed = playlist.read(tmp_path / NAME)
        left = {path.name for path in tmp_path.glob("*.m4s")}
        assert KEEP_MIN_S <= len(listed.segments) * 2 <= KEEP_MIN_S * 1.25
        assert listed.sequence + len(listed.segments) == 60
        assert left == set(names(listed.segments))
        assert init.exists()
        assert part.exists()


class TestShelf:
    def test_keeps_what_a_player_may_still_ask_for(self, tmp_path: Path) -> None:
        window = a_window(a_segment(1, 5))
        playlist.write(tmp_path / "index.m3u8", window)
        listed = a_file(tmp_path / "1_5.m4s")
        fresh = a_file(tmp_path / "1_6.m4s", at=LONG_AGO * 4)
        gone = a_file(tmp_path / "1_4.m4s")

        removed = shelf.remove_unlisted(tmp_path)

        assert removed == 1
        assert listed.exists()
        assert fresh.exists()
        assert not gone.exists()

    def test_clears_a_broadcast_that_is_long_over_but_for_its_parts(self, tmp_path: Path) -> None:
        part = a_file(tmp_path / "over" / "parts" / "0001.mp4")
        a_file(tmp_path / "over" / "1_0.m4s")
        a_file(tmp_path / "empty" / "1_0.m4s")
        a_file(tmp_path / "running" / "1_0.m4s")
        foreign = a_file(tmp_path / "foreign" / "notes.txt")
        for name in ("over", "empty", "foreign"):
            os.utime(tmp_path / name, (LONG_AGO, LONG_AGO))

        found = shelf.abandoned(tmp_path, quiet_s=3600)
        for folder in found:
            shelf.clear(folder)

        assert {folder.name for folder in found} == {"over", "empty", "foreign"}
        assert foreign.exists()
        assert list((tmp_path / "over").rglob("*.*")) == [part]
        assert (tmp_path / "running" / "1_0.m4s").exists()
        assert not (tmp_path / "empty").exists()

"""One playlist of many sessions (RFC 8216)."""

from __future__ import annotations

from pathlib import Path

from tests.workers.ingest.tracks import a_track, names
from workers.ingest import playlist
from workers.ingest.follower import NAME, Follower, next_begin_s


class TestFollow:
    def test_lists_each_segment_once_though_the_track_slides(self, tmp_path: Path) -> None:
        index = tmp_path / NAME
        follower = Follower(a_track(tmp_path, 1, 0, 2), index, 0.0)

        made = [follower.follow(), follower.follow()]
        a_track(tmp_path, 1, 1, 4)
        made.append(follower.follow())

        listed = playlist.read(index)
        assert made[1] is None
        assert made[2] == listed
        assert names(listed.segments) == [f"1_{n}.m4s" for n in range(4)]
        assert listed.segments[0].at == "2026-11-23T12:00:00.500Z"
        assert next_begin_s(index) == 9.0

    def test_begins_the_next_session_with_a_discontinuity(self, tmp_path: Path) -> None:
        index = tmp_path / NAME
        Follower(a_track(tmp_path, 1, 0, 2), index, 0.0).follow()

        Follower(a_track(tmp_path, 2, 0, 2), index, next_begin_s(index)).follow()

        listed = playlist.read(index)
        assert [s.discontinuity for s in listed.segments] == [False, False, True, False]
        assert next_begin_s(index) == 4 + 1 + 4 + 1

    def test_waits_for_a_track_without_a_playlist(self, tmp_path: Path) -> None:
        index = tmp_path / NAME

        made = Follower(tmp_path / "1.m3u8", index, 0.0).follow()

        assert made is None
        assert not index.exists()
        assert next_begin_s(index) == 0.0


class TestNextBegin:
    def test_lists_first_what_ffmpeg_finished_after_the_ingest_was_killed(
        self, tmp_path: Path
    ) -> None:
        index = tmp_path / NAME
        Follower(a_track(tmp_path, 1, 0, 2), index, 0.0).follow()
        a_track(tmp_path, 1, 0, 4)

        begins_s = next_begin_s(index)

        listed = playlist.read(index)
        assert begins_s == 4 * 2 + 1
        assert names(listed.segments) == [f"1_{n}.m4s" for n in range(4)]
        assert not any(segment.discontinuity for segment in listed.segments)

"""One playlist of many sessions (RFC 8216)."""

from __future__ import annotations

from pathlib import Path

from workers.ingest.playlist import Follower, Playlist, Segment, next_begin_s, parse


def a_segment(epoch: int, number: int, seconds: float = 2.0, *, begins: bool = False) -> Segment:
    at = "2026-11-23T12:00:00.000Z"
    return Segment(f"{epoch}_{number}.m4s", seconds, f"init_{epoch}.mp4", at, begins)


def a_track(folder: Path, epoch: int, first: int, last: int) -> Path:
    """Write what ffmpeg writes: EXTINF before the date, and no colon in the offset."""
    lines = ["#EXTM3U", f"#EXT-X-MEDIA-SEQUENCE:{first}", f'#EXT-X-MAP:URI="init_{epoch}.mp4"']
    for number in range(first, last):
        date = "#EXT-X-PROGRAM-DATE-TIME:2026-11-23T13:00:00.500+0100"
        lines += ["#EXTINF:2.000000,", date, f"{epoch}_{number}.m4s"]
    path = folder / f"{epoch}.m3u8"
    path.write_text("\n".join([*lines, ""]), "utf-8")
    return path


class TestPlaylist:
    def test_reads_what_it_writes(self) -> None:
        segments = [a_segment(1, 0), a_segment(2, 0, 3.4, begins=True)]
        playlist = Playlist(sequence=7, discontinuities=2).extended(segments, ends_s=5.4)

        assert parse(playlist.render()) == playlist

    def test_names_the_init_segment_again_only_where_it_changes(self) -> None:
        segments = [a_segment(1, 0), a_segment(1, 1), a_segment(2, 0, begins=True)]

        lines = Playlist().extended(segments, ends_s=6).render().splitlines()

        maps = [line for line in lines if line.startswith("#EXT-X-MAP")]
        assert maps == ['#EXT-X-MAP:URI="init_1.mp4"', '#EXT-X-MAP:URI="init_2.mp4"']
        assert lines.index("#EXT-X-DISCONTINUITY") == lines.index(maps[1]) - 1

    def test_counts_the_discontinuity_only_once_it_slid_out(self) -> None:
        turned = Playlist().extended([a_segment(1, 0), a_segment(2, 0, begins=True)], ends_s=4)

        just_there = turned.extended([a_segment(2, n) for n in range(1, 15)], ends_s=32)
        gone = just_there.extended([a_segment(2, 15)], ends_s=34)

        assert (just_there.sequence, just_there.discontinuities) == (1, 0)
        assert just_there.segments[0].discontinuity
        assert (gone.sequence, gone.discontinuities) == (2, 1)
        assert len(gone.segments) == 15

    def test_lets_the_target_grow_and_never_shrink(self) -> None:
        grown = Playlist().extended([a_segment(1, 0, 4.6)], ends_s=4.6)

        assert grown.target_s == 5
        assert grown.extended([a_segment(1, 1)], ends_s=6.6).target_s == 5


class TestFollow:
    def test_lists_each_segment_once_though_the_track_slides(self, tmp_path: Path) -> None:
        follower = Follower(a_track(tmp_path, 1, 0, 2), 0.0)

        counts = [follower.follow(), follower.follow()]
        a_track(tmp_path, 1, 1, 4)
        counts.append(follower.follow())

        listed = parse((tmp_path / "index.m3u8").read_text("utf-8"))
        assert counts == [2, 2, 4]
        assert [segment.uri for segment in listed.segments] == [f"1_{n}.m4s" for n in range(4)]
        assert listed.segments[0].at == "2026-11-23T12:00:00.500Z"
        assert next_begin_s(tmp_path) == 9.0

    def test_begins_the_next_session_with_a_discontinuity(self, tmp_path: Path) -> None:
        Follower(a_track(tmp_path, 1, 0, 2), 0.0).follow()

        Follower(a_track(tmp_path, 2, 0, 2), next_begin_s(tmp_path)).follow()

        listed = parse((tmp_path / "index.m3u8").read_text("utf-8"))
        assert [s.discontinuity for s in listed.segments] == [False, False, True, False]
        assert next_begin_s(tmp_path) == 4 + 1 + 4 + 1

    def test_waits_for_a_track_without_a_playlist(self, tmp_path: Path) -> None:
        assert Follower(tmp_path / "1.m3u8", 0.0).follow() == 0
        assert not (tmp_path / "index.m3u8").exists()
        assert next_begin_s(tmp_path) == 0.0

"""One playlist of many sessions (RFC 8216)."""

from __future__ import annotations

from tests.workers.ingest.tracks import a_segment
from workers.ingest.playlist import Playlist, parse


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
        just_there = just_there.newest(15)
        gone = just_there.extended([a_segment(2, 15)], ends_s=34).newest(15)

        assert (just_there.sequence, just_there.discontinuities) == (1, 0)
        assert just_there.segments[0].discontinuity
        assert (gone.sequence, gone.discontinuities) == (2, 1)
        assert len(gone.segments) == 15

    def test_lets_the_target_grow_and_never_shrink(self) -> None:
        grown = Playlist().extended([a_segment(1, 0, 4.6)], ends_s=4.6)

        assert grown.target_s == 5
        assert grown.extended([a_segment(1, 1)], ends_s=6.6).target_s == 5

"""What of a running broadcast can still be played, read from its DVR playlist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from apps.streams import public as streams
from apps.streams import wiring
from apps.streams.rules import dvr
from kit.ids import new_id
from workers.ingest.playlist import Playlist, Segment

FOLDER = Path("/live/one")


def a_playlist() -> Playlist:
    """Two sessions: two segments of the first, one of the second."""
    listed = (("1_0", 2.0, "1"), ("1_1", 1.96, "1"), ("2_0", 2.5, "2"))
    return Playlist(
        tuple(
            Segment(f"{name}.m4s", seconds, f"init_{epoch}.mp4", "2026-11-26T12:00:00Z")
            for name, seconds, epoch in listed
        )
    )


class TestSegmentsOf:
    def test_begin_where_those_before_them_end(self) -> None:
        found = dvr.segments_of(a_playlist().render(), FOLDER)

        assert [one.begins_s for one in found] == [0, 2.0, 3.96]
        assert [one.duration_s for one in found] == [2.0, 1.96, 2.5]

    def test_name_the_init_of_their_session(self) -> None:
        found = dvr.segments_of(a_playlist().render(), FOLDER)

        assert [(one.init, one.file) for one in found] == [
            ("/live/one/init_1.mp4", "/live/one/1_0.m4s"),
            ("/live/one/init_1.mp4", "/live/one/1_1.m4s"),
            ("/live/one/init_2.mp4", "/live/one/2_0.m4s"),
        ]

    def test_leave_out_a_line_that_is_still_being_written(self) -> None:
        text = a_playlist().render()

        found = dvr.segments_of(text.removesuffix(".m4s\n"), FOLDER)

        assert len(found) == 2

    def test_lie_in_the_folder_whatever_the_playlist_says(self) -> None:
        found = dvr.segments_of("#EXTINF:2.0,\n../../etc/passwd\n", FOLDER)

        assert [one.file for one in found] == ["/live/one/passwd"]


class TestListDvrSegments:
    @pytest.fixture(autouse=True)
    def _ingest(self, tmp_path: Path) -> Iterator[None]:
        options = {"ingest_url": "rtmp://127.0.0.1/live", "directory": str(tmp_path)}
        with override_settings(STREAMS_MEDIA_ENGINE=("embedded.EmbeddedIngest", options)):
            wiring.media_engine.cache_clear()
            yield
        wiring.media_engine.cache_clear()

    def test_reads_what_the_ingest_wrote(self, tmp_path: Path) -> None:
        broadcast_id = new_id()
        (tmp_path / broadcast_id).mkdir()
        (tmp_path / broadcast_id / "dvr.m3u8").write_text(a_playlist().render())

        found = streams.list_dvr_segments(broadcast_id=broadcast_id)

        assert [Path(one.file).name for one in found] == ["1_0.m4s", "1_1.m4s", "2_0.m4s"]

    def test_is_empty_where_there_is_none(self) -> None:
        assert streams.list_dvr_segments(broadcast_id=new_id()) == []

"""Every Editor by one contract, and the one over ffmpeg on real video."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import pytest

from apps.streams.adapters.ffmpeg import FfmpegEditor
from apps.streams.adapters.memory import MemoryEditor
from apps.streams.contracts import Piece
from apps.streams.errors import BadRecording, EditorDown, NoRoom
from apps.streams.ports import Cut, Editor, Joined
from apps.streams.rules import ladders, playlists
from tests.streams.workshops import a_part, a_real_part, a_video

Make = Callable[[Path], Path]


@pytest.fixture(
    params=["memory", pytest.param("ffmpeg", marks=pytest.mark.media)],
)
def editor(request: pytest.FixtureRequest) -> Editor:
    return MemoryEditor() if request.param == "memory" else FfmpegEditor()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return a_video(tmp_path / "source.mp4")


def wanted() -> bool:
    return True


class TestEditor:
    def test_joins_parts_into_a_file_it_can_look_at(self, editor: Editor, tmp_path: Path) -> None:
        parts = [a_part(tmp_path / "1.mp4"), a_part(tmp_path / "2.mp4")]
        target = tmp_path / "joined.mp4"

        is_done = editor.join(parts, target)

        probe = editor.inspect(target)
        assert is_done == Joined()
        assert (probe.size_bytes, probe.has_audio) == (target.stat().st_size, True)
        assert probe.undecodable == ()

    def test_says_which_parts_it_left_out(self, editor: Editor, tmp_path: Path) -> None:
        text = tmp_path / "1.mp4"
        text.write_text("this is not video")

        done = editor.join([text, a_part(tmp_path / "2.mp4")], tmp_path / "joined.mp4")

        assert done == Joined((text,))

    def test_refuses_what_is_no_video(self, editor: Editor, tmp_path: Path) -> None:
        text = tmp_path / "1.mp4"
        text.write_text("this is not video")

        with pytest.raises(BadRecording):
            editor.join([text], tmp_path / "joined.mp4")
        with pytest.raises(BadRecording):
            editor.inspect(text)

    def test_encodes_a_piece_into_every_rung(
        self, editor: Editor, source: Path, tmp_path: Path
    ) -> None:
        rungs = ladders.ladder(width=320, height=180, bitrate_bps=500_000)
        piece = Piece(number=1, start_s=0, length_s=4, rungs=rungs)
        into = tmp_path / "into"
        into.mkdir()

        editor.encode(source, into, piece, wanted)

        for rung in rungs:
            (segment,) = playlists.parse((into / f"{rung.name}_00001.m3u8").read_text())
            assert segment.duration_s == pytest.approx(4, abs=0.1)
            assert (into / Path(segment.uri).name).stat().st_size > 0
            assert (into / Path(segment.init).name).stat().st_size > 0

    def test_stops_when_nobody_wants_it_any_more(
        self, editor: Editor, source: Path, tmp_path: Path
    ) -> None:
        rungs = ladders.ladder(width=1920, height=1080, bitrate_bps=5_000_000)
        long = a_video(tmp_path / "long.mp4", seconds=60) if _is_real(editor) else source
        piece = Piece(number=1, start_s=0, length_s=60, rungs=rungs)

        with pytest.raises(EditorDown):
            editor.encode(long, tmp_path, piece, lambda: False)

    def test_cuts(self, editor: Editor, source: Path, tmp_path: Path) -> None:
        target = tmp_path / "clip.mp4"

        editor.cut(source, target, Cut(start_s=1, end_s=3, is_exact=False))

        assert editor.inspect(target).size_bytes == target.stat().st_size


def _is_real(editor: Editor) -> bool:
    return isinstance(editor, FfmpegEditor)


@pytest.mark.media
class TestJoin:
    def test_copies_packets_and_puts_the_index_first(self, tmp_path: Path) -> None:
        parts = [a_real_part(tmp_path / "1.mp4"), a_real_part(tmp_path / "2.mp4")]
        target = tmp_path / "joined.mp4"

        FfmpegEditor().join(parts, target)

        probe = FfmpegEditor().inspect(target)
        body = target.read_bytes()
        assert (probe.width, probe.height, probe.has_audio) == (1280, 720, True)
        assert 10 <= probe.duration_s <= 11.5
        assert body.index(b"moov") < body.index(b"mdat")
        # Decoder settings travel with key frames from now on, which makes those a little larger.
        sizes = zip(packets(target), packets(parts[0]) + packets(parts[1]), strict=True)
        assert all(0 <= after - before < 64 for after, before in sizes)

    def test_leaves_out_a_part_without_a_picture(self, tmp_path: Path) -> None:
        empty = tmp_path / "0001.mp4"
        empty.write_bytes(b"")

        FfmpegEditor().join([empty, a_part(tmp_path / "0002.mp4")], tmp_path / "joined.mp4")

        assert FfmpegEditor().inspect(tmp_path / "joined.mp4").duration_s == pytest.approx(4, 0.1)

    def test_keeps_what_a_truncated_part_still_holds(self, tmp_path: Path) -> None:
        cut = a_part(tmp_path / "0001.mp4")
        body = cut.read_bytes()
        cut.write_bytes(body[: len(body) * 6 // 10])

        FfmpegEditor().join([cut, a_part(tmp_path / "0002.mp4")], tmp_path / "joined.mp4")

        probe = FfmpegEditor().inspect(tmp_path / "joined.mp4")
        assert 5 <= probe.duration_s <= 7.5
        assert probe.undecodable == ()

    def test_encodes_parts_of_different_sizes_into_the_longest_ones(self, tmp_path: Path) -> None:
        parts = [
            a_part(tmp_path / "1.mp4", seconds=2, size="180x320"),
            a_part(tmp_path / "2.mp4", seconds=4),
        ]

        is_done = FfmpegEditor().join(parts, tmp_path / "joined.mp4")

        probe = FfmpegEditor().inspect(tmp_path / "joined.mp4")
        assert is_done
        assert (probe.width, probe.height, probe.has_audio) == (320, 180, True)
        assert probe.duration_s == pytest.approx(6, abs=0.3)

    def test_goes_on_with_different_parts_where_the_last_call_stopped(
        self, tmp_path: Path
    ) -> None:
        parts = [
            a_part(tmp_path / "1.mp4", seconds=1, size="180x320"),
            a_part(tmp_path / "2.mp4", seconds=2),
        ]
        target = tmp_path / "work" / "joined.mp4"
        target.parent.mkdir()
        hurried = FfmpegEditor(budget_s=0)

        calls = 1
        while not hurried.join(parts, target):
            calls += 1

        assert calls > 1
        assert FfmpegEditor().inspect(target).duration_s == pytest.approx(3, abs=0.3)
        assert list(target.parent.iterdir()) == [target]


@pytest.mark.media
class TestInspect:
    def test_names_the_places_without_a_picture(self, tmp_path: Path) -> None:
        path = a_video(tmp_path / "video.mp4", seconds=8, options="-movflags +faststart")
        body = bytearray(path.read_bytes())
        body[len(body) * 6 // 10 :] = bytes(len(body) - len(body) * 6 // 10)
        path.write_bytes(body)

        probe = FfmpegEditor().inspect(path)

        assert "end" in probe.undecodable
        assert "start" not in probe.undecodable

    def test_reads_no_other_file(self, tmp_path: Path) -> None:
        canary = a_video(tmp_path / "canary.mp4", seconds=1)
        playlist = tmp_path / "list.mp4"
        playlist.write_text(f"ffconcat version 1.0\nfile {canary}\n")

        with pytest.raises(BadRecording):
            FfmpegEditor().inspect(playlist)


@pytest.mark.media
class TestEncode:
    def test_makes_pieces_that_follow_each_other_without_a_gap(self, tmp_path: Path) -> None:
        source = a_video(tmp_path / "source.mp4", seconds=6)
        rungs = ladders.ladder(width=320, height=180, bitrate_bps=500_000)[:1]
        into = tmp_path / "into"
        into.mkdir()

        for nth in range(3):
            piece = Piece(number=nth + 1, start_s=nth * 2.0, length_s=2.0, rungs=rungs)
            FfmpegEditor().encode(source, into, piece, wanted)

        times = [
            at for nth in (1, 2, 3) for at in decode_times(into, f"{rungs[0].name}_0000{nth}")
        ]
        steps = {round(later - sooner, 3) for sooner, later in pairwise(times)}
        inits = {(into / f"{rungs[0].name}_0000{nth}.mp4").read_bytes() for nth in (1, 2, 3)}
        assert len(times) == 6 * 25
        assert steps == {0.04}
        assert len(inits) == 1


@pytest.mark.media
class TestCut:
    def test_on_key_frames_begins_on_the_one_before(self, tmp_path: Path) -> None:
        source = a_video(tmp_path / "source.mp4", seconds=6)

        FfmpegEditor().cut(
            source, tmp_path / "clip.mp4", Cut(start_s=2.5, end_s=4.5, is_exact=False)
        )

        assert packets(tmp_path / "clip.mp4")[0] in packets(source)
        assert 1.9 <= FfmpegEditor().inspect(tmp_path / "clip.mp4").duration_s <= 2.7

    def test_exactly_lasts_as_long_as_asked(self, tmp_path: Path) -> None:
        source = a_video(tmp_path / "source.mp4", seconds=6)

        FfmpegEditor().cut(
            source, tmp_path / "clip.mp4", Cut(start_s=2.52, end_s=4.0, is_exact=True)
        )

        duration_s = FfmpegEditor().inspect(tmp_path / "clip.mp4").duration_s
        assert duration_s == pytest.approx(1.48, abs=0.06)


@pytest.mark.media
class TestFullDisk:
    def test_is_told_from_a_bad_file(self, tmp_path: Path) -> None:
        part = a_part(tmp_path / "1.mp4", seconds=8, size="640x360")
        editor = FfmpegEditor(file_bytes=100_000)

        with pytest.raises(NoRoom):
            editor.join([part], tmp_path / "joined.mp4")


def packets(path: Path) -> list[int]:
    """Return the sizes of the video packets, which encoding anew would change."""
    with av.open(str(path)) as opened:
        return [packet.size for packet in opened.demux(video=0) if packet.size]


def decode_times(folder: Path, made: str) -> list[float]:
    listed = playlists.parse((folder / f"{made}.m3u8").read_text())
    body = (folder / f"{made}.mp4").read_bytes()
    body += b"".join((folder / Path(one.uri).name).read_bytes() for one in listed)
    whole = folder / f"{made}.whole"
    whole.write_bytes(body)
    with av.open(str(whole), format="mp4") as opened:
        return [
            float(packet.dts * packet.time_base)
            for packet in opened.demux(video=0)
            if packet.dts is not None
        ]

"""What every intake promises; and what the real one makes of what phones, and others, send."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from apps.streams.adapters.intake import FfmpegIntake
from apps.streams.adapters.memory import MemoryIntake
from apps.streams.errors import NotAVideo
from apps.streams.ports import Intake
from tests.streams.uploading import a_video

pytestmark = pytest.mark.media

INTAKES = [pytest.param(FfmpegIntake(), id="ffmpeg"), pytest.param(MemoryIntake(), id="memory")]
H264 = ("-c:v", "libx264", "-preset", "ultrafast")


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second from a phone that was held upright, its index at the end."""
    return a_video(tmp_path_factory.mktemp("phone") / "day.mov")


@pytest.mark.parametrize("intake", INTAKES)
class TestIntake:
    def test_says_what_it_made(self, intake: Intake, phone: Path, tmp_path: Path) -> None:
        probe = intake.take_in(phone, tmp_path / "taken.mp4")

        assert probe.height > probe.width > 0
        assert (probe.has_audio, probe.duration_s > 0) == (True, True)
        assert probe.size_bytes == (tmp_path / "taken.mp4").stat().st_size
        assert len(probe.sha256) == 64

    def test_refuses_what_is_not_video(self, intake: Intake, tmp_path: Path) -> None:
        text = tmp_path / "film.mp4"
        text.write_text("this is not video")

        with pytest.raises(NotAVideo):
            intake.take_in(text, tmp_path / "taken.mp4")


class TestFfmpeg:
    def test_puts_the_index_in_front(self, phone: Path, tmp_path: Path) -> None:
        FfmpegIntake().take_in(phone, tmp_path / "taken.mp4")

        before, after = phone.read_bytes(), (tmp_path / "taken.mp4").read_bytes()
        assert before.index(b"moov") > before.index(b"mdat")
        assert after.index(b"moov") < after.index(b"mdat")

    @pytest.mark.parametrize("name", ["upload", "holiday.txt", "01J0000000000000000000000A"])
    def test_looks_at_no_name(self, phone: Path, tmp_path: Path, name: str) -> None:
        renamed = tmp_path / name
        renamed.write_bytes(phone.read_bytes())

        assert FfmpegIntake().take_in(renamed, tmp_path / "taken.mp4").duration_s >= 0.9

    def test_encodes_sound_that_phones_do_not_play(self, tmp_path: Path) -> None:
        source = a_video(tmp_path / "camera.mkv", *H264, "-c:a", "pcm_s16le")

        FfmpegIntake().take_in(source, tmp_path / "taken.mp4")

        with av.open(str(tmp_path / "taken.mp4")) as opened:
            assert [one.codec_context.name for one in opened.streams] == ["h264", "aac"]

    def test_leaves_where_it_was_filmed_behind(self, tmp_path: Path) -> None:
        source = a_video(
            tmp_path / "day.mov", *H264, "-metadata", "location=+47.3769+008.5417/", "-an"
        )
        assert b"+47.3769" in source.read_bytes()

        FfmpegIntake().take_in(source, tmp_path / "taken.mp4")

        assert b"+47.3769" not in (tmp_path / "taken.mp4").read_bytes()

    @pytest.mark.parametrize(
        ("options", "name"),
        [
            pytest.param(("-vn", "-c:a", "aac"), "song.m4a", id="sound only"),
            pytest.param(
                ("-c:v", "mpeg2video", "-an", "-f", "mpegts"), "tv.ts", id="old pictures"
            ),
            pytest.param(
                (*H264, "-an", "-f", "hls", "-hls_time", "1"), "list.m3u8", id="playlist"
            ),
            pytest.param(("-frames:v", "1", "-an"), "still.png", id="a picture"),
        ],
    )
    def test_refuses_what_it_cannot_serve(
        self, tmp_path: Path, options: tuple[str, ...], name: str
    ) -> None:
        source = a_video(tmp_path / name, *options)

        with pytest.raises(NotAVideo):
            FfmpegIntake().take_in(source, tmp_path / "taken.mp4")

    def test_refuses_what_was_cut_before_its_index(self, phone: Path, tmp_path: Path) -> None:
        cut = tmp_path / "cut.mov"
        cut.write_bytes(phone.read_bytes()[: phone.stat().st_size // 2])

        with pytest.raises(NotAVideo):
            FfmpegIntake().take_in(cut, tmp_path / "taken.mp4")

    @pytest.mark.parametrize(
        "script",
        [
            "ffconcat version 1.0\nfile '{other}'\n",
            "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{other}\n#EXT-X-ENDLIST\n",
        ],
    )
    def test_reads_no_other_file(self, phone: Path, tmp_path: Path, script: str) -> None:
        naming = tmp_path / "film.mp4"
        naming.write_text(script.format(other=phone))

        with pytest.raises(NotAVideo):
            FfmpegIntake().take_in(naming, tmp_path / "taken.mp4")

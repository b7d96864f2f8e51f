"""Footage nobody vouches for: each kind has its typed answer, and nothing else is read."""

from __future__ import annotations

import os
import random
import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from apps.previews.adapters.engine.job import Limits
from apps.previews.adapters.pyav import PyAvMaker
from apps.previews.errors import (
    MediaRefused,
    NotAVideo,
    NoVideoTrack,
    TimedOut,
    TooLarge,
    Truncated,
    UnsupportedCodec,
)
from tests.previews import looking
from tests.previews.media import Studio

pytestmark = pytest.mark.media

OFFSETS = 200
Forger = Callable[[Studio], bytes]


def cut_in_its_index(studio: Studio) -> bytes:
    whole = studio.index_in_front().read_bytes()
    return whole[: whole.index(b"stsz")]


def with_an_index_and_no_media(studio: Studio) -> bytes:
    whole = studio.index_in_front().read_bytes()
    return whole[: whole.index(b"mdat") + 4]


def without_index(studio: Studio) -> bytes:
    whole = studio.long().read_bytes()
    return whole[: len(whole) // 2]


def random_bytes(_: Studio) -> bytes:
    return random.Random(8).randbytes(50_000)  # noqa: S311 (the same noise each time)


def lying_boxes(_: Studio) -> bytes:
    return b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\x00\x00\x00\x02moov" * 100


def lying_size(studio: Studio) -> bytes:
    """A picture of 320x180 whose sequence header is left alone and whose boxes say 65535x65535."""
    whole = bytearray(studio.index_in_front().read_bytes())
    place = whole.index(b"avc1") + 4 + 24  # ISO/IEC 14496-12 §12.1.3: VisualSampleEntry
    whole[place : place + 4] = b"\xff\xff\xff\xff"
    return bytes(whole)


def lying_duration(studio: Studio) -> bytes:
    """Thirty seconds that say they are days."""
    whole = bytearray(studio.index_in_front().read_bytes())
    place = whole.index(b"mvhd") + 16
    whole[place + 4 : place + 8] = b"\x7f\xff\xff\xff"
    return bytes(whole)


def lying_keys(studio: Studio) -> bytes:
    """Two key frames, of which the index calls the first the 127th picture of fifty."""
    whole = bytearray(studio.tiny().read_bytes())
    whole[whole.index(b"stss") + 15] = 127  # ISO/IEC 14496-12 §8.6.2
    return bytes(whole)


def huge_table(studio: Studio) -> bytes:
    """An index that says it holds two thousand million samples."""
    whole = bytearray(studio.one_frame().read_bytes())
    count = whole.index(b"stsz") + 12
    whole[count : count + 4] = b"\x7f\xff\xff\xff"
    return bytes(whole)


FORGERIES: list[tuple[str, Forger, type[MediaRefused]]] = [
    ("empty", lambda _: b"", NotAVideo),
    ("random", random_bytes, NotAVideo),
    ("text", lambda _: b"This is a letter.\n" * 500, NotAVideo),
    ("svg", lambda _: b"<svg xmlns='http://www.w3.org/2000/svg'/>", NotAVideo),
    ("avisynth", lambda _: b'AVISource("/etc/passwd")\n', NotAVideo),
    ("lying-boxes", lying_boxes, NotAVideo),
    ("only-a-header", lambda _: b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00", NotAVideo),
    ("only-matroska-magic", lambda _: b"\x1a\x45\xdf\xa3" + bytes(400), NotAVideo),
    ("audio-only", lambda studio: studio.audio_only().read_bytes(), NoVideoTrack),
    ("cut-in-its-index", cut_in_its_index, Truncated),
    ("no-media", with_an_index_and_no_media, Truncated),
    ("without-index", without_index, Truncated),
    ("lying-keys", lying_keys, Truncated),
    ("rare-codec", lambda studio: studio.rare_codec().read_bytes(), UnsupportedCodec),
]


class TestRefuses:
    @pytest.mark.parametrize(
        ("forge", "expected"),
        [pytest.param(forge, expected, id=name) for name, forge, expected in FORGERIES],
    )
    def test_what_is_no_good_video(
        self, studio: Studio, tmp_path: Path, forge: Forger, expected: type[MediaRefused]
    ) -> None:
        forged = tmp_path / "forged.mp4"
        forged.write_bytes(forge(studio))

        with pytest.raises(expected):
            PyAvMaker().make_recording_set(forged, an_empty_folder(tmp_path))

    def test_a_table_larger_than_the_file(self, studio: Studio, tmp_path: Path) -> None:
        forged = tmp_path / "forged.mp4"
        forged.write_bytes(huge_table(studio))

        with pytest.raises(MediaRefused):
            PyAvMaker().make_recording_set(forged, an_empty_folder(tmp_path))

    @pytest.mark.parametrize("forge", [lying_size, lying_duration])
    def test_what_lies_costs_no_more_than_what_does_not(
        self, studio: Studio, tmp_path: Path, forge: Forger
    ) -> None:
        forged = tmp_path / "forged.mp4"
        forged.write_bytes(forge(studio))

        try:
            made = PyAvMaker().make_recording_set(forged, an_empty_folder(tmp_path))
        except TooLarge:
            return
        assert (made.width, made.height) == (320, 180)
        assert made.duration_s < 31
        assert made.peak_rss_mb < 250

    @pytest.mark.parametrize(
        ("limits", "expected"),
        [
            pytest.param(Limits(max_pixels=640 * 360), TooLarge, id="pixels"),
            pytest.param(Limits(max_duration_s=2), TooLarge, id="duration"),
            pytest.param(Limits(output_bytes=20_000), TooLarge, id="output"),
            pytest.param(Limits(memory_bytes=280 * 1024**2), TooLarge, id="memory"),
            pytest.param(Limits(wall_s=0), TimedOut, id="wall-clock"),
        ],
    )
    def test_what_costs_too_much(
        self, studio: Studio, tmp_path: Path, limits: Limits, expected: type[MediaRefused]
    ) -> None:
        maker = PyAvMaker(recording=limits)

        with pytest.raises(expected):
            maker.make_recording_set(studio.landscape(), an_empty_folder(tmp_path))

    def test_what_computes_too_long(self, studio: Studio, tmp_path: Path) -> None:
        maker = PyAvMaker(recording=replace(Limits(), cpu_s=1))

        with pytest.raises(TimedOut):
            maker.make_recording_set(studio.five_minutes(), an_empty_folder(tmp_path))


class TestSaves:
    def test_what_there_is_of_a_file_cut_in_its_media(
        self, studio: Studio, tmp_path: Path
    ) -> None:
        whole = studio.index_in_front().read_bytes()
        cut = tmp_path / "cut.mp4"
        cut.write_bytes(whole[: len(whole) // 2])
        into = an_empty_folder(tmp_path)

        made = PyAvMaker().make_recording_set(cut, into)

        clip = looking.watch(into / "preview-normal.mp4")
        assert made.truncated
        assert 10 < made.duration_s < 20
        assert all(looking.is_picture(frame) for frame in clip.frames)

    def test_nothing_that_is_whole_as_truncated(self, studio: Studio, tmp_path: Path) -> None:
        made = PyAvMaker().make_recording_set(studio.tiny(), an_empty_folder(tmp_path))

        assert not made.truncated

    def test_or_refuses_whatever_is_left_of_a_file(self, studio: Studio, tmp_path: Path) -> None:
        whole = studio.tiny().read_bytes()
        maker = PyAvMaker(recording=replace(Limits(), wall_s=10))
        cut = tmp_path / "cut.mp4"
        outcomes: Counter[str] = Counter()

        for number in range(OFFSETS):
            cut.write_bytes(whole[: number * len(whole) // OFFSETS])
            outcomes[outcome(maker, cut, an_empty_folder(tmp_path))] += 1

        assert set(outcomes) <= {"saved", "not-a-video", "no-video-track", "truncated"}
        assert outcomes["saved"] > OFFSETS / 2


class TestReads:
    """Playlists and scripts that point elsewhere, under a video's name."""

    @pytest.mark.parametrize(
        "template",
        [
            "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n",
            '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF:5,\n{url}\n',
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}\n",
            "ffconcat version 1.0\nfile {url}\n",
            "<MPD><BaseURL>{url}</BaseURL></MPD>",
            "v=0\nc=IN IP4 127.0.0.1\nm=video 5000 RTP/AVP 96\na=control:{url}\n",
        ],
        ids=["hls", "hls-key", "hls-master", "ffconcat", "dash", "sdp"],
    )
    def test_no_other_file_and_no_host(
        self, tmp_path: Path, template: str, canary_host: CanaryHost
    ) -> None:
        canary = tmp_path / "canary.mp4"
        os.mkfifo(canary)  # whoever opens it to read, waits for ever
        maker = PyAvMaker(recording=replace(Limits(), wall_s=15))

        for url in (f"file:{canary}", canary.name, f"{canary_host.url}/canary.mp4"):
            forged = tmp_path / "forged.mp4"
            forged.write_text(template.format(url=url))
            with pytest.raises(NotAVideo):
                maker.make_recording_set(forged, an_empty_folder(tmp_path))

        assert canary_host.calls == 0


class CanaryHost:
    """Counts whoever calls."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.calls = 0


@pytest.fixture
def canary_host() -> Iterator[CanaryHost]:
    class Count(socketserver.BaseRequestHandler):
        @override
        def handle(self) -> None:
            host.calls += 1

    with socketserver.TCPServer(("127.0.0.1", 0), Count) as server:
        host = CanaryHost(server.server_address[1])
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield host
        server.shutdown()


def outcome(maker: PyAvMaker, source: Path, into: Path) -> str:
    try:
        made = maker.make_recording_set(source, into)
    except MediaRefused as refused:
        return refused.code
    return "saved" if made.truncated else "whole"


def an_empty_folder(tmp_path: Path) -> Path:
    folder = tmp_path / f"into-{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    return folder

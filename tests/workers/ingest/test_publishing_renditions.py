"""What players get of a broadcast with a ladder, over real RTMP and by a real ffmpeg."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from tests.workers.ingest.stand import (
    FFMPEG,
    Hook,
    Ingest,
    a_clip,
    an_ingest,
    eventually,
    ffmpegs_of,
    frames,
    is_gone,
)
from workers.ingest import playlist
from workers.ingest.playlist import Playlist

pytestmark = [pytest.mark.media, pytest.mark.waits]

STREAM = re.compile(r"^#EXT-X-STREAM-INF:(.*)\n(\S+)$", re.MULTILINE)
ATTRIBUTE = re.compile(r'([A-Z-]+)=("[^"]*"|[^,]*)')
ALL = ("source.m3u8", "r1.m3u8", "r2.m3u8")
HURRIED = ("--heartbeat-s", "0.5", "--ladder", "240,144,720")


@pytest.fixture(scope="module")
def laddered(hook: Hook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    with an_ingest(tmp_path_factory.mktemp("ladder"), hook.url, *HURRIED) as ingest:
        yield ingest


@pytest.fixture(scope="module")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_clip(tmp_path_factory.mktemp("landscape") / "clip.flv", seconds=5, size="640x360")


def variants(text: str) -> dict[str, dict[str, str]]:
    return {uri: dict(ATTRIBUTE.findall(told)) for told, uri in STREAM.findall(text)}


def lists_of(ingest: Ingest, key: str) -> list[Playlist]:
    return [playlist.read(ingest.of(key) / name) for name in ALL]


def shown(folder: Path, name: str) -> list[tuple[int, int]]:
    """Decode a rendition to its end; answer the size of every frame."""
    ended = folder / f"ended-{name}"
    ended.write_text((folder / name).read_text("utf-8") + "#EXT-X-ENDLIST\n", "utf-8")
    with av.open(str(ended), options={"allowed_extensions": "ALL"}) as opened:
        return [(frame.width, frame.height) for frame in opened.decode(video=0)]


def all_list(lists: list[Path], segment: str) -> bool:
    return all(path.exists() and segment in path.read_text("utf-8") for path in lists)


def alone(folder: Path, init: str, segment: str) -> str:
    whole = folder / f"whole-{segment}.mp4"
    whole.write_bytes((folder / init).read_bytes() + (folder / segment).read_bytes())
    return str(whole)


def first_frame_is_key(folder: Path, init: str, segment: str) -> bool:
    with av.open(alone(folder, init, segment)) as opened:
        return next(opened.demux(video=0)).is_keyframe


def size_of(folder: Path, init: str, segment: str) -> tuple[int, int]:
    """Decode what a player that joins here decodes."""
    with av.open(alone(folder, init, segment)) as opened:
        frame = next(opened.decode(video=0))
        return frame.width, frame.height


def published(ingest: Ingest, hook: Hook, clip: Path, key: str, session: int = 1) -> Path:
    ingest.publish(clip, key)
    assert hook.told(key, "stopped", session, within_s=40)
    return ingest.of(key)


class TestLadder:
    def test_tells_players_what_there_is(
        self, laddered: Ingest, hook: Hook, landscape: Path
    ) -> None:
        folder = published(laddered, hook, landscape, "ladder-told")

        text = laddered.index("ladder-told")
        told = variants(text)
        peaks = {name: int(told[name]["BANDWIDTH"]) for name in ALL}
        assert "#EXT-X-INDEPENDENT-SEGMENTS\n" in text
        assert [told[name]["RESOLUTION"] for name in ALL] == ["640x360", "426x240", "256x144"]
        assert all(29 < float(told[name]["FRAME-RATE"]) < 31 for name in ALL)
        assert all(
            re.fullmatch(r'"avc1\.[0-9a-f]{6},mp4a\.40\.2"', told[n]["CODECS"]) for n in ALL
        )
        assert peaks["source.m3u8"] > peaks["r1.m3u8"] > peaks["r2.m3u8"]
        for name, listed in zip(ALL, lists_of(laddered, "ladder-told"), strict=True):
            sized = [(folder / s.uri).stat().st_size * 8 / s.duration_s for s in listed.segments]
            assert max(sized) <= peaks[name]
            assert int(told[name]["AVERAGE-BANDWIDTH"]) <= peaks[name]

    def test_lines_its_renditions_up_and_each_decodes(
        self, laddered: Ingest, hook: Hook, landscape: Path
    ) -> None:
        folder = published(laddered, hook, landscape, "ladder-lined")

        source, *smaller = lists_of(laddered, "ladder-lined")
        assert len(source.segments) == 3
        for listed in smaller:
            assert [s.at for s in listed.segments] == [s.at for s in source.segments]
            apart = zip(listed.segments, source.segments, strict=True)
            assert all(abs(one.duration_s - other.duration_s) < 0.04 for one, other in apart)
            assert all(first_frame_is_key(folder, s.init, s.uri) for s in listed.segments)
        assert shown(folder, "source.m3u8") == [(640, 360)] * 150
        assert shown(folder, "r1.m3u8") == [(426, 240)] * 150
        assert shown(folder, "r2.m3u8") == [(256, 144)] * 150
        times = [frames(folder / f"ended-{name}") for name in ALL]
        assert all(abs(one[0] - times[0][0]) < 0.002 for one in times)
        assert len(frames(folder / "ended-r2.m3u8", "audio")) == len(
            frames(folder / "ended-source.m3u8", "audio")
        )

    def test_keeps_an_upright_picture_upright(
        self, laddered: Ingest, hook: Hook, tmp_path: Path
    ) -> None:
        upright = a_clip(tmp_path / "upright.flv", seconds=2, size="270x480", sound=False)

        folder = published(laddered, hook, upright, "ladder-upright")

        told = variants(laddered.index("ladder-upright"))
        assert [told[name]["RESOLUTION"] for name in ALL] == ["270x480", "240x426", "144x256"]
        assert set(shown(folder, "r2.m3u8")) == {(144, 256)}

    def test_goes_on_after_a_break_and_scales_nothing_up(
        self, laddered: Ingest, hook: Hook, landscape: Path, tmp_path: Path
    ) -> None:
        small = a_clip(tmp_path / "small.flv", seconds=3, size="320x180")
        published(laddered, hook, landscape, "smaller-again")

        folder = published(laddered, hook, small, "smaller-again", 2)

        lists = lists_of(laddered, "smaller-again")
        assert [[s.discontinuity for s in one.segments] for one in lists] == [
            [False, False, False, True, False]
        ] * 3
        assert {s.init for s in lists[1].segments[3:]} == {"init_2r1.mp4"}
        assert size_of(folder, "init_2r1.mp4", "2r1_0.m4s") == (320, 180)
        assert size_of(folder, "init_2r2.mp4", "2r2_0.m4s") == (256, 144)
        told = variants(laddered.index("smaller-again"))
        assert [told[name]["RESOLUTION"] for name in ALL] == ["320x180", "320x180", "256x144"]

    def test_is_none_where_the_source_is_as_small(
        self, laddered: Ingest, hook: Hook, tmp_path: Path
    ) -> None:
        tiny = a_clip(tmp_path / "tiny.flv", seconds=2, size="256x144")

        folder = published(laddered, hook, tiny, "ladder-tiny")

        assert len(playlist.parse(laddered.index("ladder-tiny")).segments) == 1
        assert not (folder / "source.m3u8").exists()

    def test_takes_one_ffmpeg_and_its_failure_costs_the_renditions_only(
        self, laddered: Ingest, hook: Hook, landscape: Path
    ) -> None:
        laddered.publish(landscape, "ladder-lost", live=True)
        hook.told("ladder-lost", "started")
        (ffmpeg,) = ffmpegs_of(laddered.process.pid)
        encoded = laddered.session("ladder-lost")["renditions"]

        os.kill(ffmpeg, signal.SIGKILL)
        goes_on = eventually(
            lambda: all_list([laddered.of("ladder-lost") / name for name in ALL], "1-1_0.m4s")
        )

        session = laddered.session("ladder-lost")
        laddered.leave_nothing()
        assert hook.told("ladder-lost", "stopped")
        assert [rung["height"] for rung in encoded] == [240, 144]
        assert goes_on
        assert session["renditions"] == []
        assert "Encoding failed or" in session["problem"]
        source, *smaller = lists_of(laddered, "ladder-lost")
        assert all(len(one.segments) == len(source.segments) for one in smaller)
        assert all(one.segments[-1].uri == source.segments[-1].uri for one in smaller)


class TestRestart:
    def test_without_a_ladder_goes_on_in_every_list(
        self, hook: Hook, landscape: Path, tmp_path: Path
    ) -> None:
        with an_ingest(tmp_path, hook.url, *HURRIED) as ingest:
            ingest.publish(landscape, "killed-ladder", live=True)
            hook.told("killed-ladder", "started")
            (ffmpeg,) = ffmpegs_of(ingest.process.pid)
            ingest.process.kill()
            ingest.process.wait(5)
            assert eventually(lambda: is_gone(ffmpeg))
        with an_ingest(tmp_path, hook.url) as ingest:
            folder = published(ingest, hook, landscape, "killed-ladder")

            source, *smaller = lists_of(ingest, "killed-ladder")
            recorded = frames(folder / "parts" / "0001.mp4")
            # what ffmpeg finished after the kill is listed, too
            assert len(shown(folder, "source.m3u8")) == len(recorded) + 150
            assert [s.uri for s in source.segments[-3:]] == [f"2_{n}.m4s" for n in range(3)]
            for listed in smaller:
                assert listed.segments[-3:] == source.segments[-3:]
                assert len(listed.segments) == len(source.segments)
            told = variants(ingest.index("killed-ladder"))
            assert {told[name]["RESOLUTION"] for name in ALL} == {"640x360"}


class TestSlowEncoder:
    def test_costs_the_renditions_and_not_the_source(
        self, hook: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The encoder is ffmpeg itself, told to take its time with each frame."""
        slow = tmp_path / "slow-ffmpeg"
        words = f"#!{sys.executable}\nimport os, sys\nslower = {{'veryfast': 'placebo'}}\n"
        words += "arguments = [slower.get(one, one) for one in sys.argv[1:]]\n"
        slow.write_text(f"{words}os.execv({FFMPEG!r}, [{FFMPEG!r}, *arguments])\n", "utf-8")
        slow.chmod(0o755)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(slow))
        large = a_clip(tmp_path / "large.flv", seconds=4, size="1280x720")
        with an_ingest(tmp_path / "slow", hook.url, "--ladder", "700") as ingest:
            ingest.publish(large, "slow-ladder", live=True)
            is_heard = eventually(
                lambda: "source only" in ingest.session("slow-ladder").get("problem", ""), 45
            )
            lists = [ingest.of("slow-ladder") / name for name in ALL[:2]]
            goes_on = eventually(lambda: all_list(lists, "1-1_1.m4s"), 30)

        assert is_heard
        assert goes_on
        assert "ladder dropped" in ingest.log_text()

"""The maker on real footage: what comes out is opened, decoded and looked at."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from apps.previews.adapters.engine import animated
from apps.previews.adapters.engine.clip import RECORDING
from apps.previews.adapters.pyav import PyAvMaker
from apps.previews.ports import Made, MadeAsset
from tests.previews import looking
from tests.previews.media import Studio

pytestmark = pytest.mark.media

MAX_RSS_MB = 250
Footage = Callable[[Studio], Path]


@dataclass(frozen=True, slots=True)
class Result:
    made: Made
    folder: Path


@pytest.fixture(scope="module")
def meadow(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The set of the whole landscape clip, made once and looked at from several sides."""
    folder = tmp_path_factory.mktemp("meadow")
    return Result(PyAvMaker().make_recording_set(studio.landscape(), folder), folder)


@pytest.fixture(scope="module")
def late(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("late")
    return Result(PyAvMaker().make_recording_set(studio.with_late_pictures(), folder), folder)


class TestMakeRecordingSet:
    def test_makes_clip_posters_storyboard_and_colour(self, meadow: Result) -> None:
        made = meadow.made

        counted = Counter((asset.kind, asset.variant) for asset in made.assets)
        for kind in ("poster", "poster_webp", "poster_avif"):
            assert all(counted[kind, size] == 1 for size in ("small", "medium", "large", "full"))
        assert all(counted["preview", size] == 1 for size in ("data-saver", "normal", "high"))
        assert counted["candidate", ""] >= 1
        assert counted["storyboard", ""] == counted["storyboard_vtt", ""] == 1
        assert sorted(path.name for path in meadow.folder.iterdir()) == sorted(
            asset.name for asset in made.assets
        )
        assert (made.width, made.height) == (1280, 720)
        assert made.duration_s == pytest.approx(5.28, abs=0.05)
        assert re.fullmatch(r"#[0-9a-f]{6}", made.placeholder)
        assert 15 <= len(base64.b64decode(made.thumbhash)) <= 26
        assert 0 < made.peak_rss_mb < MAX_RSS_MB

    def test_tells_the_colour_of_the_meadow(self, meadow: Result) -> None:
        red, green, blue = bytes.fromhex(meadow.made.placeholder[1:])
        assert green > red > blue

    @pytest.mark.parametrize(
        ("footage", "width", "height"),
        [
            pytest.param(Studio.two_seconds_with_sound, 854, 480, id="with-sound"),
            pytest.param(Studio.long, 320, 180, id="small-and-silent"),
            pytest.param(Studio.uhd_ten_bit_hevc, 854, 480, id="4k-10-bit-hevc"),
            pytest.param(Studio.variable_rate, 320, 180, id="variable-rate"),
            pytest.param(Studio.turned_back, 180, 320, id="turned-by-270"),
            pytest.param(Studio.upside_down, 320, 180, id="upside-down"),
            pytest.param(Studio.wide_strip, 1280, 200, id="panorama"),
            pytest.param(Studio.rotated, 180, 320, id="turned-by-metadata"),
            pytest.param(Studio.portrait, 404, 718, id="odd-sizes"),
            pytest.param(Studio.wide, 854, 480, id="1440p"),
            pytest.param(Studio.tall_by_pixels, 406, 720, id="portrait-by-pixels"),
            pytest.param(Studio.late_keys, 160, 90, id="rare-and-late-key-frames"),
        ],
    )
    def test_makes_a_clip_every_phone_plays(
        self, studio: Studio, tmp_path: Path, footage: Footage, width: int, height: int
    ) -> None:
        made = PyAvMaker().make_recording_set(footage(studio), tmp_path)

        normal = the(made, "preview", "normal")
        assert (normal.width, normal.height) == (width, height)
        for asset in all_of(made, "preview"):
            clip = looking.watch(tmp_path / asset.name)
            assert (clip.codec, clip.profile, clip.pixel_format) == ("h264", "Main", "yuv420p")
            assert clip.tracks == 1
            assert clip.first_is_key
            assert looking.index_is_in_front(tmp_path / asset.name)
            assert clip.size == (asset.width, asset.height)
            assert clip.duration_s == pytest.approx(asset.duration_s, abs=0.15)
            assert all(looking.is_picture(frame) for frame in clip.frames)

    def test_takes_three_moments_of_a_long_one(self, studio: Studio, tmp_path: Path) -> None:
        made = PyAvMaker().make_recording_set(studio.long(), tmp_path)

        clip = looking.watch(tmp_path / "preview-normal.mp4")
        assert made.duration_s == pytest.approx(30, abs=0.2)
        assert clip.duration_s == pytest.approx(6, abs=0.3)
        assert cuts(clip.frames) >= 1

    def test_shows_what_moves_and_nothing_black(self, studio: Studio, tmp_path: Path) -> None:
        PyAvMaker().make_recording_set(studio.still_then_lively(), tmp_path)

        clip = looking.watch(tmp_path / "preview-normal.mp4")
        jumps = [looking.difference(one, after) for one, after in pairwise(clip.frames)]
        assert all(looking.is_picture(frame) for frame in clip.frames)
        assert sum(jump > 0.3 for jump in jumps) > len(jumps) / 2

    def test_moves_in_an_image_tag_as_its_clip_does(self, meadow: Result) -> None:
        asset = the(meadow.made, "preview_webp")

        clip = looking.watch(meadow.folder / "preview-data-saver.mp4")
        with Image.open(meadow.folder / asset.name) as image:
            frames = [looking.rgb(one) for one in ImageSequence.Iterator(image)]
        assert image.format == "WEBP"
        assert (asset.width, asset.height) == image.size == (320, 180)
        assert 2 <= asset.duration_s <= 3
        assert 2 * 5 <= len(frames) <= 10 * asset.duration_s
        small = looking.rgb(Image.fromarray(clip.frames[0]).resize(image.size))
        assert looking.difference(frames[0], small) < 8
        assert all(looking.is_picture(frame) for frame in frames)
        assert looking.difference(frames[0], frames[-1]) > 2
        assert (meadow.folder / asset.name).stat().st_size < animated.MAX_BYTES

    def test_stays_below_its_ceilings_whatever_it_shows(
        self, studio: Studio, tmp_path: Path
    ) -> None:
        made = PyAvMaker().make_recording_set(studio.noise(), tmp_path)

        taken = {
            asset.variant: (tmp_path / asset.name).stat().st_size
            for asset in all_of(made, "preview")
        }
        assert taken == {
            shape.variant: pytest.approx(shape.max_bytes / 2, abs=shape.max_bytes / 2)
            for shape in RECORDING
        }

    @pytest.mark.parametrize(
        ("footage", "duration_s"),
        [
            pytest.param(Studio.three_seconds, 3.0, id="three-seconds"),
            pytest.param(Studio.one_frame, 0.04, id="one-frame"),
        ],
    )
    def test_plays_a_short_one_whole(
        self, studio: Studio, tmp_path: Path, footage: Footage, duration_s: float
    ) -> None:
        made = PyAvMaker().make_recording_set(footage(studio), tmp_path)

        assert made.duration_s == pytest.approx(duration_s, abs=0.1)
        assert the(made, "preview", "normal").duration_s == pytest.approx(duration_s, abs=0.1)
        assert looking.is_picture(looking.look(tmp_path / "poster-320.jpg"))
        assert looking.is_picture(looking.look(tmp_path / "storyboard-001.jpg"))

    def test_turns_pictures_the_way_the_phone_was_held(
        self, studio: Studio, tmp_path: Path
    ) -> None:
        made = PyAvMaker().make_recording_set(studio.rotated(), tmp_path)

        poster = looking.look(tmp_path / "poster-320.jpg")
        clip = looking.watch(tmp_path / "preview-normal.mp4")
        stored = looking.first_frame(studio.rotated(), (clip.size[1], clip.size[0]))
        assert (made.width, made.height) == (180, 320)
        assert poster.shape[:2] == (320, 180)
        assert looking.difference(clip.frames[0], np.rot90(stored)) < 10
        assert looking.difference(clip.frames[0], np.rot90(stored, 3)) > 30

    @pytest.mark.parametrize("end", ["mp4", "ts"])  # one tells it in its header, one in its frames
    def test_shows_pixels_that_are_not_square_in_their_shape(
        self, studio: Studio, tmp_path: Path, end: str
    ) -> None:
        how = ("-vf", "scale=160:180,setsar=2", "-c:v", "libx264")

        made = PyAvMaker().make_recording_set(studio.in_codec(f"oblong.{end}", *how), tmp_path)

        clip = looking.watch(tmp_path / "preview-normal.mp4")
        assert (made.width, made.height) == clip.size == (320, 180)

    def test_makes_posters_that_are_pictures(self, meadow: Result) -> None:
        for asset in all_of(meadow.made, "poster"):
            pixels = looking.look(meadow.folder / asset.name)
            assert pixels.shape == (asset.height, asset.width, 3)
            assert looking.is_picture(pixels)

    def test_never_blows_a_small_source_up(self, studio: Studio, tmp_path: Path) -> None:
        made = PyAvMaker().make_recording_set(studio.long(), tmp_path)

        assert [asset.width for asset in all_of(made, "poster")] == [320]

    def test_makes_a_storyboard_whose_tiles_lie_where_it_says(
        self, studio: Studio, tmp_path: Path
    ) -> None:
        PyAvMaker().make_recording_set(studio.long(), tmp_path)

        cues = read_cues(tmp_path / "storyboard.vtt")
        sheet = looking.look(tmp_path / "storyboard-001.jpg")
        assert len(cues) == 30
        for _, name, (x, y, width, height) in cues:
            tile = sheet[y : y + height, x : x + width]
            assert name == "storyboard-001.jpg"
            assert tile.shape == (90, 160, 3)
            assert looking.is_picture(tile)

    def test_leaves_no_time_without_a_tile(self, meadow: Result) -> None:
        spans = [span for span, _, _ in read_cues(meadow.folder / "storyboard.vtt")]

        assert spans[0][0] == 0
        assert spans[-1][1] == pytest.approx(meadow.made.duration_s, abs=0.01)
        assert all(one[1] == after[0] for one, after in pairwise(spans))

    @pytest.mark.parametrize("name", ["same.mkv", "same.avi", "same.ts", "same.mov"])
    def test_shows_the_same_times_in_every_container(
        self, studio: Studio, tmp_path: Path, late: Result, name: str
    ) -> None:
        made = PyAvMaker().make_recording_set(studio.in_container(name), tmp_path)

        sheets = [
            looking.look(folder / "storyboard-001.jpg") for folder in (tmp_path, late.folder)
        ]
        assert made.duration_s == pytest.approx(late.made.duration_s, abs=0.1)
        assert the(made, "preview", "normal").duration_s == pytest.approx(6, abs=0.3)
        assert sheets[0].shape == sheets[1].shape
        assert looking.difference(*sheets) < 2

    @pytest.mark.parametrize(
        ("name", "how"),
        [
            ("hevc.mp4", ("-c:v", "libx265", "-x265-params", "log-level=error:open-gop=1")),
            ("vp9.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")),
            ("ten-bit.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p10le")),
            ("mjpeg.avi", ("-c:v", "mjpeg")),
        ],
    )
    def test_reads_the_codecs_phones_send(
        self, studio: Studio, tmp_path: Path, name: str, how: tuple[str, ...]
    ) -> None:
        made = PyAvMaker().make_recording_set(studio.in_codec(name, *how), tmp_path)

        clip = looking.watch(tmp_path / "preview-normal.mp4")
        assert made.duration_s == pytest.approx(5.28, abs=0.1)
        assert (clip.codec, clip.pixel_format) == ("h264", "yuv420p")
        assert all(looking.is_picture(frame) for frame in clip.frames)

    def test_reads_a_fragmented_recording_that_lost_its_tail(
        self, studio: Studio, tmp_path: Path
    ) -> None:
        whole = studio.fragmented().read_bytes()
        cut = tmp_path / "cut.mp4"
        cut.write_bytes(whole[: len(whole) * 2 // 3])
        into = tmp_path / "into"
        into.mkdir()

        made = PyAvMaker().make_recording_set(cut, into)

        assert 15 < made.duration_s < 25
        assert looking.watch(into / "preview-normal.mp4").duration_s == pytest.approx(6, abs=0.3)


class TestMakeLiveSet:
    def test_makes_a_short_clip(self, studio: Studio, tmp_path: Path) -> None:
        init, *segments = studio.segments()
        source = tmp_path / "joined.mp4"
        source.write_bytes(b"".join(path.read_bytes() for path in (init, *segments[-3:])))
        into = tmp_path / "into"
        into.mkdir()

        made = PyAvMaker().make_live_set(source, into)

        clip = looking.watch(into / "preview-data-saver.mp4")
        assert 3 <= clip.duration_s <= 4.1
        assert clip.tracks == 1
        assert clip.first_is_key
        assert all(looking.is_picture(frame) for frame in clip.frames)
        assert made.peak_rss_mb < MAX_RSS_MB

    def test_makes_thumbnails_in_three_sizes_and_two_formats(
        self, studio: Studio, tmp_path: Path
    ) -> None:
        made = PyAvMaker().make_live_set(studio.landscape(), tmp_path)

        sizes = {"small": (320, 180), "medium": (640, 360), "large": (960, 540)}
        for kind, written_as in (("thumbnail", "JPEG"), ("thumbnail_webp", "WEBP")):
            found = {one.variant: (one.width, one.height) for one in all_of(made, kind)}
            assert found == sizes
            for asset in all_of(made, kind):
                picture = looking.look(tmp_path / asset.name)
                assert picture.shape == (asset.height, asset.width, 3)
                assert looking.is_picture(picture)
                with Image.open(tmp_path / asset.name) as image:
                    assert image.format == written_as


def the(made: Made, kind: str, variant: str = "") -> MadeAsset:
    (found,) = [asset for asset in all_of(made, kind) if asset.variant == variant]
    return found


def all_of(made: Made, kind: str) -> list[MadeAsset]:
    return [asset for asset in made.assets if asset.kind == kind]


def cuts(frames: list[looking.Pixels]) -> int:
    """Count the places where the picture jumps."""
    jumps = [looking.difference(one, after) for one, after in pairwise(frames)]
    return sum(jump > 5 * float(np.median(jumps)) and jump > 4 for jump in jumps)


Cue = tuple[tuple[float, float], str, tuple[int, int, int, int]]


def read_cues(path: Path) -> list[Cue]:
    """Read a WebVTT of tiles: (begin, end) in seconds, sheet, (x, y, width, height)."""
    stamp = r"(\d\d):(\d\d):(\d\d\.\d{3})"
    cue = re.compile(rf"^{stamp} --> {stamp}\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$", re.MULTILINE)
    cues = []
    for h1, m1, s1, h2, m2, s2, name, *place in cue.findall(path.read_text()):
        begin_s = int(h1) * 3600 + int(m1) * 60 + float(s1)
        end_s = int(h2) * 3600 + int(m2) * 60 + float(s2)
        x, y, width, height = map(int, place)
        cues.append(((begin_s, end_s), name, (x, y, width, height)))
    return cues

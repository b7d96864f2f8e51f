"""Decoder settings, beside what libav reads in them."""

from __future__ import annotations

import contextlib
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.ingest.stand import a_clip
from workers.ingest import avc
from workers.ingest.errors import MalformedRtmp

# 1280x720, High, 4:2:0, as x264 writes it
SPS = bytes.fromhex("6764001facd9405005bb011000000300100000030320f183196000")
RECORD = b"\x01\x64\x00\x1f\xff\xe1" + len(SPS).to_bytes(2) + SPS + b"\x01\x00\x02\x68\xeb"
X264 = ("-c:v", "libx264", "-preset", "ultrafast")


@pytest.mark.media
class TestReadPicture:
    @pytest.mark.parametrize(
        ("size", "codec"),
        [
            ("1920x1080", X264),
            ("202x360", X264),
            ("320x180", (*X264, "-profile:v", "baseline")),
            ("322x182", (*X264, "-profile:v", "high444")),
            ("720x576", (*X264, "-flags", "+ildct+ilme", "-x264opts", "interlaced=1")),
            ("640x360", (*X264, "-x264opts", "cqm=jvt")),
        ],
        ids=["cropped", "portrait", "baseline", "4:4:4", "interlaced", "scaling lists"],
    )
    def test_agrees_with_libav(self, tmp_path: Path, size: str, codec: tuple[str, ...]) -> None:
        clip = a_clip(tmp_path / "clip.flv", seconds=1, size=size, codec=codec)

        with av.open(str(clip)) as opened:
            picture = avc.read_picture(opened.streams.video[0].codec_context.extradata or b"")
            sound = avc.read_sound(opened.streams.audio[0].codec_context.extradata or b"")

        assert f"{picture.width}x{picture.height}" == size
        assert picture.codec.startswith("avc1.")
        assert sound == avc.Sound(44_100, 1, "mp4a.40.2")


class TestHostile:
    @given(st.integers(0, len(RECORD)))
    def test_ends_where_the_settings_are_cut(self, length: int) -> None:
        try:
            picture = avc.read_picture(RECORD[:length])
        except MalformedRtmp:
            return

        assert (picture.width, picture.height) == (1280, 720)

    @given(st.binary(max_size=80))
    def test_refuses_noise_in_its_own_words(self, noise: bytes) -> None:
        for read in (avc.read_picture, avc.read_sound):
            with contextlib.suppress(MalformedRtmp):
                assert read(noise).codec

"""A creator's own picture: only its pixels are published, and only if they are a picture."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.previews.adapters.pyav import PyAvMaker
from apps.previews.errors import MediaRefused, NotAPicture, TooLarge, Truncated, UnsupportedCodec
from tests.previews import looking

pytestmark = pytest.mark.media

SECRET = b"52.5200 N, 13.4050 E"
ORIENTATION, DESCRIPTION, MAKE = 0x0112, 0x010E, 0x010F  # Exif 2.32 §4.6.4
SIDEWAYS = 6


class TestMakePosterSet:
    def test_makes_every_size_and_format_without_what_the_phone_noted(
        self, tmp_path: Path
    ) -> None:
        made = PyAvMaker().make_poster_set(a_photo(tmp_path), into(tmp_path))

        kinds = {(asset.kind, asset.variant) for asset in made.assets}
        assert len(kinds) == len(made.assets) == 12
        assert (made.width, made.height) == (720, 1280)
        for asset in made.assets:
            written = tmp_path / "into" / asset.name
            assert looking.look(written).shape == (asset.height, asset.width, 3)
            assert SECRET not in written.read_bytes()

    def test_puts_it_the_way_the_phone_was_held(self, tmp_path: Path) -> None:
        PyAvMaker().make_poster_set(a_photo(tmp_path), into(tmp_path))

        poster = looking.look(tmp_path / "into" / "poster-640.jpg")
        top, bottom = poster[:100].mean(), poster[-100:].mean()
        assert top + 50 < bottom  # stored, its left side is dark

    @pytest.mark.parametrize(
        ("write", "expected"),
        [
            pytest.param(lambda: b"", NotAPicture, id="empty"),
            pytest.param(lambda: b"<svg onload='alert(1)'/>", NotAPicture, id="svg"),
            pytest.param(lambda: b"%!PS\n(/etc/passwd) run", NotAPicture, id="postscript"),
            pytest.param(lambda: png((20_000, 20_000)), TooLarge, id="bomb"),
            pytest.param(lambda: png((640, 480))[:70], Truncated, id="cut"),
            pytest.param(lambda: with_a_width_in_words((64, 48)), UnsupportedCodec, id="stumble"),
        ],
    )
    def test_refuses(
        self, tmp_path: Path, write: Callable[[], bytes], expected: type[MediaRefused]
    ) -> None:
        forged = tmp_path / "forged.jpg"
        forged.write_bytes(write())

        with pytest.raises(expected):
            PyAvMaker().make_poster_set(forged, into(tmp_path))


def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def a_photo(tmp_path: Path) -> Path:
    """Wide as stored, dark on the left; to be turned a quarter, with a note of where it was."""
    shades = np.tile(np.linspace(20, 230, 2000, dtype=np.uint8), (1125, 1))
    exif = Image.Exif()
    exif[ORIENTATION], exif[DESCRIPTION] = SIDEWAYS, SECRET.decode()
    photo = tmp_path / "photo.jpg"
    Image.fromarray(shades).convert("RGB").save(photo, exif=exif)
    return photo


def with_a_width_in_words(size: tuple[int, int]) -> bytes:
    """A JPEG whose EXIF Pillow reads and cannot write: it raises what nobody foresaw."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = SIDEWAYS, "words"
    written = io.BytesIO()
    Image.new("L", size).save(written, "JPEG", exif=exif)
    as_text = b"\x00\x02"
    make, width = (bytes((1, tag)) + as_text for tag in (0x0F, 0x00))
    assert written.getvalue().count(make) == 1
    return written.getvalue().replace(make, width)


def png(size: tuple[int, int]) -> bytes:
    written = io.BytesIO()
    Image.new("1", size).save(written, "PNG")
    return written.getvalue()

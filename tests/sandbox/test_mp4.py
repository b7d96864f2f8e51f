from __future__ import annotations

import struct
from pathlib import Path

import pytest

from sandbox.youtube.mp4 import iso_duration


class TestDuration:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (struct.pack(">B3x8xII", 0, 1000, 63_500), "PT1M3S"),
            (struct.pack(">B3x16xIQ", 1, 90_000, 90_000 * 3600), "PT1H"),
            (struct.pack(">B3x8xII", 0, 0, 5), "P0D"),
        ],
    )
    def test_is_read_from_the_movie_header(
        self, tmp_path: Path, content: bytes, words: str
    ) -> None:
        inner = struct.pack(">I4s", 8 + len(content), b"mvhd") + content
        file = tmp_path / "a.mp4"
        file.write_bytes(
            struct.pack(">I4s4x", 12, b"ftyp")
            + struct.pack(">I4s", 8 + len(inner), b"moov")
            + inner
        )

        assert iso_duration(file) == words

    @pytest.mark.parametrize(
        "content", [b"", b"no video at all", b"\0\0\0\0moov", b"\0\0\0\1moov"]
    )
    def test_is_unknown_for_other_files(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "a.mp4"
        file.write_bytes(content)

        assert iso_duration(file) == "P0D"

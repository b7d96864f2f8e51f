"""What every spool promises, and what the folder keeps of a writer that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.streams.adapters.memory import MemorySpool
from apps.streams.adapters.spool import FolderSpool
from apps.streams.errors import UploadLengthExceeded, UploadOffsetMoved, UploadsOff
from apps.streams.ports import Spool
from tests.services import wait_until

ID = "01J00000000000000000000000"


@pytest.fixture(params=["folder", "memory"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Spool:
    return FolderSpool(str(tmp_path)) if request.param == "folder" else MemorySpool(tmp_path)


class TestSpool:
    def test_grows_by_what_is_added_behind_it(self, spool: Spool) -> None:
        assert spool.size(ID) == 0

        spool.append(ID, offset=0, blocks=[b"one", b"two"], most=9)
        spool.append(ID, offset=6, blocks=[b"six"], most=9)

        assert (spool.size(ID), spool.path(ID).read_bytes()) == (9, b"onetwosix")

    def test_keeps_what_came_before_a_connection_broke(self, spool: Spool) -> None:
        def breaking() -> Iterator[bytes]:
            yield b"came"
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            spool.append(ID, offset=0, blocks=breaking(), most=9)

        assert spool.path(ID).read_bytes() == b"came"

    def test_stops_a_writer_that_another_one_overtook(self, spool: Spool) -> None:
        def overtaken() -> Iterator[bytes]:
            yield b"12"
            spool.append(ID, offset=2, blocks=[b"34"], most=9)
            yield b"34"

        with pytest.raises(UploadOffsetMoved) as told:
            spool.append(ID, offset=0, blocks=overtaken(), most=9)

        assert told.value.facts["offset"] == 4
        assert spool.path(ID).read_bytes() == b"1234"

    @pytest.mark.parametrize("offset", [0, 2, 4])
    def test_leaves_no_hole_and_nothing_twice(self, spool: Spool, offset: int) -> None:
        spool.append(ID, offset=0, blocks=[b"123"], most=9)

        with pytest.raises(UploadOffsetMoved):
            spool.append(ID, offset=offset, blocks=[b"x"], most=9)

        assert spool.path(ID).read_bytes() == b"123"

    def test_takes_no_more_than_was_said(self, spool: Spool) -> None:
        with pytest.raises(UploadLengthExceeded):
            spool.append(ID, offset=0, blocks=[b"12", b"34"], most=3)

        assert spool.path(ID).read_bytes() == b"12"

    def test_forgets_twice(self, spool: Spool) -> None:
        spool.append(ID, offset=0, blocks=[b"12"], most=3)

        for _ in range(2):
            spool.remove(ID)

        assert (spool.size(ID), spool.path(ID).exists()) == (0, False)

    def test_says_how_much_fits(self, spool: Spool) -> None:
        assert spool.room_bytes() > 0


# Adds blocks for ever, and says how far it is before each.
ENDLESS = """
import sys
from apps.streams.adapters.spool import FolderSpool

def blocks():
    for nth in range(10**6):
        print(nth * 1000, flush=True)
        yield bytes([nth % 251]) * 1000

FolderSpool(sys.argv[1]).append(sys.argv[2], offset=0, blocks=blocks(), most=10**12)
"""


class TestFolder:
    def test_keeps_what_a_killed_writer_had_added(self, tmp_path: Path) -> None:
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", ENDLESS, str(tmp_path), ID], stdout=subprocess.PIPE
        ) as writer:
            assert wait_until(lambda: FolderSpool(str(tmp_path)).size(ID) > 50_000, within_s=20)
            os.kill(writer.pid, signal.SIGKILL)
            said = writer.communicate()[0].split()

        spool = FolderSpool(str(tmp_path))
        kept = spool.path(ID).read_bytes()
        assert len(kept) in {int(said[-1]), int(said[-1]) + 1000}
        assert all(kept[at] == at // 1000 % 251 for at in range(0, len(kept), 500))
        spool.append(ID, offset=len(kept), blocks=[b"on"], most=10**12)
        assert spool.size(ID) == len(kept) + 2

    def test_is_off_without_a_place(self) -> None:
        with pytest.raises(UploadsOff):
            FolderSpool("").room_bytes()

"""From the parts an engine left to a stored recording."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from imageio_ffmpeg import get_ffmpeg_exe

from apps.streams.adapters.ffmpeg import FfmpegJoiner
from apps.streams.adapters.memory import Memory, MemoryJoiner
from apps.streams.documents.recordings import Recording
from apps.streams.errors import BadRecording, RecordingPartsMissing
from apps.streams.ports import Joiner
from apps.streams.services import recordings
from clients.demo.clips import big_buck_bunny
from tests.conftest import NOON
from tests.streams.builders import a_live_broadcast, an_ended_broadcast


class TestExpectRecording:
    def test_is_one_a_broadcast(self) -> None:
        grant = a_live_broadcast()

        first = recordings.expect_recording(broadcast_id=grant.broadcast_id)
        second = recordings.expect_recording(broadcast_id=grant.broadcast_id)

        assert first == second
        assert Recording.objects.get(id=first).state == "expected"


class TestStoreRecording:
    def test_stores_the_joined_parts_and_says_so_once(self, tmp_path: Path) -> None:
        broadcast_id = an_ended_broadcast()
        engine = Memory(parts={broadcast_id: a_part(tmp_path, "one") + a_part(tmp_path, "two")})

        store(broadcast_id, engine, tmp_path)
        store(broadcast_id, engine, tmp_path)

        kept = Recording.objects.get(broadcast_id=broadcast_id)
        assert kept.state == "stored"
        assert (tmp_path / "stored" / kept.storage_name).read_bytes() == b"onetwo"
        assert [event["key"] for event in kept.outbox] == ["recording.stored"]

    def test_waits_for_the_first_part(self, tmp_path: Path) -> None:
        broadcast_id = an_ended_broadcast()

        with pytest.raises(RecordingPartsMissing):
            store(broadcast_id, Memory(), tmp_path)

        assert Recording.objects.get(broadcast_id=broadcast_id).state == "expected"

    def test_fails_in_the_ledger_where_nothing_is_video(self, tmp_path: Path) -> None:
        broadcast_id = an_ended_broadcast()
        engine = Memory(parts={broadcast_id: a_part(tmp_path, "not video")})

        with pytest.raises(BadRecording):
            store(broadcast_id, engine, tmp_path)

        kept = Recording.objects.get(broadcast_id=broadcast_id)
        assert kept.state == "failed"
        assert [event["key"] for event in kept.outbox] == ["recording.failed"]


class TestListDue:
    def test_names_what_ended_long_ago_and_is_not_stored(self) -> None:
        waiting = an_ended_broadcast()
        recordings.expect_recording(broadcast_id=waiting)
        on_air = a_live_broadcast()
        recordings.expect_recording(broadcast_id=on_air.broadcast_id)

        later = NOON.replace(hour=13)

        assert recordings.list_due(before=later, limit=10) == [waiting]


@pytest.mark.media
class TestFfmpegJoiner:
    def test_makes_one_progressive_file_of_two_parts(self, tmp_path: Path) -> None:
        parts = [
            a_fragmented_part(tmp_path / "0001.mp4"),
            a_fragmented_part(tmp_path / "0002.mp4"),
        ]

        probe = FfmpegJoiner().join(parts, tmp_path / "joined.mp4")

        assert (probe.width, probe.height, probe.has_audio) == (1280, 720, True)
        assert 10 <= probe.duration_s <= 11.5
        body = (tmp_path / "joined.mp4").read_bytes()
        assert len(body) == probe.size_bytes
        assert body.index(b"moov") < body.index(b"mdat")

    def test_leaves_out_a_part_without_a_picture(self, tmp_path: Path) -> None:
        empty = tmp_path / "0001.mp4"
        empty.write_bytes(b"")

        probe = FfmpegJoiner().join(
            [empty, a_fragmented_part(tmp_path / "0002.mp4")], tmp_path / "joined.mp4"
        )

        assert 5 <= probe.duration_s <= 6

    def test_refuses_what_is_no_video(self, tmp_path: Path) -> None:
        text = tmp_path / "parts" / "0001.mp4"
        text.parent.mkdir()
        text.write_text("this is no video")

        with pytest.raises(BadRecording):
            FfmpegJoiner().join([text], tmp_path / "joined.mp4")


def store(broadcast_id: str, engine: Memory, folder: Path, joiner: Joiner | None = None) -> None:
    recordings.store_recording(
        broadcast_id=broadcast_id,
        engine=engine,
        joiner=joiner or MemoryJoiner(),
        storage=FileSystemStorage(folder / "stored"),
        now=NOON,
    )


def a_part(folder: Path, body: str) -> list[Path]:
    path = folder / f"{body}.mp4"
    path.write_text(body)
    return [path]


def a_fragmented_part(path: Path) -> Path:
    subprocess.run(  # noqa: S603
        [
            *(get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-i", str(big_buck_bunny())),
            *("-c", "copy", "-movflags", "+frag_keyframe+empty_moov", str(path)),
        ],
        check=True,
        timeout=60,
    )
    return path

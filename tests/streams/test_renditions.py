"""The ladder of a recording: pieces on memory, and one real video from parts to HLS."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import av
import pytest
from django.core.files.storage import FileSystemStorage

from apps.streams.adapters.ffmpeg import FfmpegEditor
from apps.streams.adapters.vaults.folder import FolderVault
from apps.streams.documents.recordings import Recording
from apps.streams.errors import EditorDown, VaultDown
from apps.streams.rules import playlists
from apps.streams.rules.recordings import MOST_LADDER_TRIES, vod_folder
from apps.streams.services import recordings, removal, renditions
from tests.conftest import NOON
from tests.streams.builders import an_ended_broadcast
from tests.streams.workshops import Stage, a_part


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def stored(stage: Stage) -> str:
    """Return the id of a stored recording of five minutes: the sound, and 15 pieces of it."""
    broadcast_id = an_ended_broadcast()
    stage.parts.leave(broadcast_id, b"video " * 10_000_000)
    return str(stage.store(broadcast_id).id)


def now_of(recording_id: str) -> Recording:
    found: Recording = Recording.objects.get(id=recording_id)
    return found


def announced(recording_id: str) -> list[str]:
    return [event["key"] for event in now_of(recording_id).outbox]


class TestMakeRenditions:
    def test_publishes_every_rung_once(self, stage: Stage, stored: str) -> None:
        for _ in range(2):
            renditions.make_renditions(recording_id=stored, workshop=stage.workshop)

        found = now_of(stored)
        master = stage.vault.read(f"{vod_folder(found.storage_name)}index.m3u8").decode()
        assert (found.state, found.progress, found.ladder) == ("published", 100, "ready")
        assert found.qualities == [720, 480, 360, 240]
        assert announced(stored) == ["recording.stored", "recording.published"]
        assert master.count("#EXT-X-STREAM-INF") == 4
        assert 'CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720' in master

    def test_promises_only_what_is_there(self, stage: Stage, stored: str) -> None:
        renditions.make_renditions(recording_id=stored, workshop=stage.workshop)

        folder = vod_folder(now_of(stored).storage_name)
        for name in ("v720.m3u8", "v240.m3u8", "sound.m3u8"):
            segments = playlists.parse(stage.vault.read(f"{folder}{name}").decode())
            assert sum(one.duration_s for one in segments) == pytest.approx(300, abs=1.5)
            for one in segments:
                assert len(stage.vault.read(f"{folder}{one.uri}")) == one.size_bytes
                assert stage.vault.read(f"{folder}{one.init}")

    def test_goes_on_with_the_piece_after_the_last_one_kept(
        self, stage: Stage, stored: str
    ) -> None:
        hasty = stage.changed(clock=lambda: stage.clock.move(timedelta(seconds=50)))

        slices = 1
        while renditions.make_renditions(recording_id=stored, workshop=hasty):
            slices += 1

        assert slices > 2
        assert stage.editor.encoded == list(range(16))
        assert now_of(stored).state == "published"

    def test_is_done_again_from_a_piece_that_was_killed(self, stage: Stage, stored: str) -> None:
        stage.editor.is_down = True
        Recording.objects(id=stored).update(set__ladder_done=7)

        with pytest.raises(EditorDown):
            renditions.make_renditions(recording_id=stored, workshop=stage.workshop)
        stage.editor.is_down = False
        stage.vault.is_down = True
        with pytest.raises(VaultDown):
            renditions.make_renditions(recording_id=stored, workshop=stage.workshop)

        assert now_of(stored).ladder_done == 7
        assert now_of(stored).state == "stored"

    def test_says_how_far_it_is(self, stage: Stage, stored: str) -> None:
        seen = []

        def clock() -> object:
            seen.append(now_of(stored).progress)
            return stage.clock()

        renditions.make_renditions(recording_id=stored, workshop=stage.changed(clock=clock))

        assert seen == sorted(seen)
        assert len(set(seen)) == 17
        assert seen[-1] == 99

    def test_leaves_the_recording_at_its_mp4_when_the_encoder_refuses_it(
        self, stage: Stage, stored: str
    ) -> None:
        stage.vault.files[now_of(stored).storage_name] = b"not video"

        renditions.make_renditions(recording_id=stored, workshop=stage.workshop)

        found = now_of(stored)
        assert (found.state, found.ladder) == ("stored", "failed")
        assert "cannot be read" in found.error

    def test_gives_up_after_a_while(self, stage: Stage, stored: str) -> None:
        stage.editor.is_down = True
        Recording.objects(id=stored).update(set__tries=MOST_LADDER_TRIES)

        renditions.make_renditions(recording_id=stored, workshop=stage.workshop)

        assert now_of(stored).ladder == "failed"

    def test_begins_again_when_a_person_says_so(self, stage: Stage, stored: str) -> None:
        Recording.objects(id=stored).update(set__ladder="failed")

        recordings.retry_recording(recording_id=stored, now=NOON)
        renditions.make_renditions(recording_id=stored, workshop=stage.workshop)

        assert now_of(stored).state == "published"

    def test_stops_at_the_next_piece_once_it_is_removed(self, stage: Stage, stored: str) -> None:
        def clock() -> object:
            if len(stage.editor.encoded) == 3:
                removal.remove_recording(recording_id=stored, by="", reason="creator", now=NOON)
            return stage.clock()

        is_left = renditions.make_renditions(
            recording_id=stored, workshop=stage.changed(clock=clock)
        )

        assert (is_left, stage.editor.encoded) == (False, [0, 1, 2])
        assert now_of(stored).state == "removed"


@pytest.mark.media
class TestRealVideo:
    def test_goes_from_parts_to_hls_that_plays_as_long_as_they_are(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        broadcast_id = an_ended_broadcast()
        parts = stage.folder / "parts"
        made = [a_part(parts / f"{nth}.mp4", seconds=12, size="180x320") for nth in (1, 2)]
        stage.parts.files[broadcast_id] = made
        stage.workshop = stage.changed(
            editor=FfmpegEditor(), vault=FolderVault(FileSystemStorage(tmp_path / "stored"))
        )

        found = stage.store(broadcast_id)
        renditions.make_renditions(recording_id=found.id, workshop=stage.workshop)

        folder = tmp_path / "stored" / vod_folder(found.storage_name)
        found = now_of(found.id)
        assert (found.state, found.qualities) == ("published", [180])
        assert frames(folder / "v180.m3u8") == 24 * 25
        assert "RESOLUTION=180x320" in (folder / "index.m3u8").read_text()
        with av.open(str(folder / "sound.m3u8")) as heard:
            first_s = next(float((packet.pts or 0) * packet.time_base) for packet in heard.demux())
        assert first_s == pytest.approx(10, abs=0.1)


def frames(playlist: Path) -> int:
    """Read a rendition as a player does; return how many pictures are in it."""
    with av.open(str(playlist), options={"allowed_extensions": "ALL"}) as opened:
        return sum(1 for packet in opened.demux(video=0) if packet.pts is not None)

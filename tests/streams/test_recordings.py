"""The ledger of recordings, on workshops of memory; real video is in test_editor and test_vod."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.streams.contracts import BroadcastChanges
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.recordings import Recording
from apps.streams.errors import (
    NoRoom,
    RecordingHeld,
    RecordingPartsMissing,
    VaultDown,
)
from apps.streams.rules.air import DEFAULTS
from apps.streams.services import recordings, removal, schedule, storing, verifying
from kit import locks
from tests.conftest import NOON
from tests.streams.builders import a_live_broadcast, an_ended_broadcast
from tests.streams.workshops import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def ended() -> str:
    return an_ended_broadcast()


def kept(broadcast_id: str) -> Recording:
    found: Recording = Recording.objects.get(broadcast_id=broadcast_id)
    return found


def announced(recording: Recording) -> list[str]:
    return [event["key"] for event in recording.outbox]


class TestExpectRecording:
    def test_is_one_a_broadcast(self) -> None:
        grant = a_live_broadcast()

        first = recordings.expect_recording(broadcast_id=grant.broadcast_id, now=NOON)
        second = recordings.expect_recording(broadcast_id=grant.broadcast_id, now=NOON)

        assert first == second
        assert Recording.objects.get(id=first).state == "expected"

    def test_is_none_of_a_broadcast_whose_creator_wanted_none(self) -> None:
        grant = a_live_broadcast()
        Broadcast.objects(id=grant.broadcast_id).update(set__record=False)

        made = recordings.expect_recording(broadcast_id=grant.broadcast_id, now=NOON)

        assert (made, list(Recording.objects)) == ("", [])

    def test_stays_where_its_creator_wants_none_any_more(self, stage: Stage) -> None:
        grant = a_live_broadcast()
        begun = recordings.expect_recording(broadcast_id=grant.broadcast_id, now=NOON)
        changes = BroadcastChanges(record=False)
        schedule.change_broadcast(
            broadcast_id=grant.broadcast_id, changes=changes, now=NOON, rules=DEFAULTS
        )
        stage.parts.leave(grant.broadcast_id, b"one")

        found = stage.store(grant.broadcast_id)

        assert (found.id, found.state) == (begun, "stored")


class TestStoreRecording:
    def test_goes_step_by_step_and_says_so_once(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"one", b"two")
        states = []

        for _ in range(4):
            recordings.store_recording(broadcast_id=ended, workshop=stage.workshop)
            states.append(kept(ended).state)

        found = kept(ended)
        assert states == ["found", "verified", "stored", "stored"]
        assert stage.vault.files == {found.storage_name: b"onetwo"}
        assert announced(found) == ["recording.stored"]
        assert found.warnings == []
        assert list(stage.workshop.folder.iterdir()) == []

    def test_waits_for_the_first_part(self, stage: Stage, ended: str) -> None:
        with pytest.raises(RecordingPartsMissing):
            stage.store(ended)

        assert kept(ended).state == "expected"

    def test_gives_up_on_parts_after_a_day(self, stage: Stage, ended: str) -> None:
        stage.clock.move(timedelta(hours=25))

        assert stage.store(ended).state == "failed"

    def test_fails_in_the_ledger_where_nothing_is_video(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"not video")

        found = stage.store(ended)

        assert (found.state, announced(found)) == ("failed", ["recording.failed"])
        assert stage.parts(ended) != []

    def test_begins_again_when_a_person_says_so(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"not video")
        failed = stage.store(ended)
        stage.parts(ended)[0].write_bytes(b"mended")

        recordings.retry_recording(recording_id=failed.id, now=stage.clock())

        assert stage.store(ended).state == "stored"

    def test_is_one_workers_at_a_time(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"one")
        recording_id = recordings.expect_recording(broadcast_id=ended, now=NOON)

        with locks.held(f"recording:{recording_id}"), pytest.raises(RecordingHeld):
            stage.store(ended)

    def test_takes_a_part_along_that_came_when_the_others_were_joined(
        self, stage: Stage, ended: str
    ) -> None:
        stage.parts.leave(ended, b"one")
        recordings.store_recording(broadcast_id=ended, workshop=stage.workshop)
        verifying.joined_path(kept(ended), stage.workshop).write_bytes(b"one")
        stage.parts.leave(ended, b"two")

        found = stage.store(ended)

        assert stage.vault.files == {found.storage_name: b"onetwo"}
        assert [part["name"][-8:] for part in found.joined] == ["0001.mp4", "0002.mp4"]

    def test_joins_anew_where_the_work_file_is_on_another_machine(
        self, stage: Stage, ended: str
    ) -> None:
        stage.parts.leave(ended, b"one")
        for _ in range(2):
            recordings.store_recording(broadcast_id=ended, workshop=stage.workshop)
        stage.workshop.clear(kept(ended).id)

        assert stage.store(ended).state == "stored"


class TestAFailingStore:
    @pytest.mark.parametrize(
        ("breaks", "mends", "failure"),
        [
            pytest.param(
                lambda stage: setattr(stage.vault, "is_full", True),
                lambda stage: setattr(stage.vault, "is_full", False),
                NoRoom,
                id="that is full",
            ),
            pytest.param(
                lambda stage: setattr(stage.vault, "is_down", True),
                lambda stage: setattr(stage.vault, "is_down", False),
                VaultDown,
                id="that is away",
            ),
        ],
    )
    def test_loses_nothing_and_announces_nothing(
        self,
        stage: Stage,
        ended: str,
        breaks: Callable[[Stage], Any],
        mends: Callable[[Stage], Any],
        failure: type[Exception],
    ) -> None:
        stage.parts.leave(ended, b"one")
        breaks(stage)

        with pytest.raises(failure):
            stage.store(ended)
        before = kept(ended)
        mends(stage)
        after = stage.store(ended)

        assert (before.state, announced(before)) == ("verified", [])
        assert (after.state, announced(after)) == ("stored", ["recording.stored"])

    def test_is_not_begun_without_room_to_join(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"")
        with stage.parts(ended)[0].open("wb") as part:
            part.truncate(8 << 40)  # terabytes of nothing

        with pytest.raises(NoRoom):
            stage.store(ended)

        assert kept(ended).state == "found"

    def test_of_forty_five_at_once_stores_all_of_them(self, stage: Stage) -> None:
        burst = [an_ended_broadcast() for _ in range(45)]
        for nth, broadcast_id in enumerate(burst):
            stage.parts.leave(broadcast_id, f"video {nth}".encode())
        stage.vault.is_down = True
        for broadcast_id in burst:
            with pytest.raises(VaultDown):
                stage.store(broadcast_id)

        stage.vault.is_down = False
        found = [stage.store(broadcast_id) for broadcast_id in burst]

        assert {(one.state, *announced(one)) for one in found} == {("stored", "recording.stored")}
        assert sorted(stage.vault.files.values()) == sorted(
            f"video {nth}".encode() for nth in range(45)
        )


class TestWhatWasLost:
    def test_is_told_with_its_numbers_and_kept(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"short")
        stage.editor.seconds = 200.0

        found = stage.store(ended)

        assert found.state == "stored"
        assert (found.warnings, found.expected_s) == (["shorter-than-on-air"], 300.0)

    def test_is_not_the_time_the_encoder_was_away(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"both sides")
        stage.editor.seconds = 240.0
        away, back = NOON - timedelta(seconds=120), NOON - timedelta(seconds=60)

        for event_id, at, is_on in [("01B", back, True), ("01A", away, False)] * 2:
            recordings.note_turn(broadcast_id=ended, event_id=event_id, at=at, is_on=is_on)
        found = stage.store(ended)

        assert (found.warnings, found.expected_s) == ([], 240.0)

    def test_names_where_no_picture_comes_out(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"damaged")
        stage.editor.undecodable = ("end",)

        assert stage.store(ended).warnings == ["undecodable-end"]


class TestTidy:
    def test_deletes_parts_when_the_copy_was_read_again(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"one", b"two")
        found = stage.store(ended)

        storing.tidy(recording_id=found.id, workshop=stage.workshop)

        assert stage.parts(ended) == []
        assert kept(ended).due_at is None

    def test_keeps_parts_of_a_copy_that_is_not_what_was_verified(
        self, stage: Stage, ended: str
    ) -> None:
        stage.parts.leave(ended, b"one")
        found = stage.store(ended)
        stage.vault.files[found.storage_name] = b"ono"

        with pytest.raises(VaultDown):
            storing.tidy(recording_id=found.id, workshop=stage.workshop)

        assert len(stage.parts(ended)) == 1

    def test_keeps_parts_of_what_is_incomplete(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"one")
        stage.editor.seconds = 20
        found = stage.store(ended)

        storing.tidy(recording_id=found.id, workshop=stage.workshop)

        assert len(stage.parts(ended)) == 1

    def test_keeps_parts_where_one_came_after_the_join(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"one")
        found = stage.store(ended)
        stage.parts.leave(ended, b"late")

        for _ in range(2):  # a worker that was killed in between does it again
            storing.tidy(recording_id=found.id, workshop=stage.workshop)

        assert [part.read_bytes() for part in stage.parts(ended)] == [b"one", b"late"]
        assert (kept(ended).warnings, kept(ended).due_at) == (["parts-not-joined"], None)

    def test_keeps_a_part_that_grew_after_the_join(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"one")
        found = stage.store(ended)
        stage.parts(ended)[0].write_bytes(b"one and more")

        storing.tidy(recording_id=found.id, workshop=stage.workshop)

        assert len(stage.parts(ended)) == 1

    def test_keeps_parts_where_one_cannot_be_read(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"one", b"not video")
        found = stage.store(ended)

        storing.tidy(recording_id=found.id, workshop=stage.workshop)

        assert (found.state, found.warnings) == ("stored", ["unreadable-parts"])
        assert (found.unreadable, len(stage.parts(ended))) == ([f"{ended}-0002.mp4"], 2)

    def test_keeps_nothing_for_a_part_that_is_empty(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"one", b"")
        found = stage.store(ended)

        storing.tidy(recording_id=found.id, workshop=stage.workshop)

        assert (found.warnings, stage.parts(ended)) == ([], [])

    def test_keeps_parts_of_what_is_not_stored(self, stage: Stage, ended: str) -> None:
        stage.parts.leave(ended, b"one")
        recordings.store_recording(broadcast_id=ended, workshop=stage.workshop)

        storing.tidy(recording_id=kept(ended).id, workshop=stage.workshop)

        assert len(stage.parts(ended)) == 1


class TestRemoval:
    def test_in_the_middle_of_storing_leaves_nothing_behind(
        self, stage: Stage, ended: str
    ) -> None:
        stage.parts.leave(ended, b"one")
        for _ in range(2):
            recordings.store_recording(broadcast_id=ended, workshop=stage.workshop)
        stale = kept(ended)
        removal.remove_recording(recording_id=stale.id, by="", reason="staff", now=NOON)

        storing.store(stale, stage.workshop)

        assert (kept(ended).state, stage.vault.files) == ("removed", {})
        assert announced(kept(ended)) == ["recording.removed"]

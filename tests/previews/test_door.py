"""The door, and two ways in: events and tasks."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.previews import public as previews
from apps.previews import tasks
from apps.previews.contracts import State, Subject
from apps.previews.documents.sets import PreviewSet
from apps.previews.errors import LiveNotReady, PreviewNotFound
from apps.previews.services import upkeep
from apps.streams import public as streams
from apps.streams.adapters.memory import Memory
from apps.streams.errors import BroadcastNotLive, RecordingNotFound
from apps.streams.events import BroadcastStarted, RecordingStored
from kit.ids import new_id
from tests.conftest import NOON
from tests.previews.builders import (
    a_broadcast_with_footage,
    a_live,
    a_recording_in_storage,
    a_waiting_set,
    the_set,
)
from tests.previews.queues import happened, queued
from tests.streams.builders import (
    ADA,
    a_live_broadcast,
    an_ended_broadcast,
)

pytestmark = pytest.mark.usefixtures("indexes", "engine")


class TestMakeRecordingSet:
    def test_makes_the_set_of_a_stored_recording(self) -> None:
        recording_id = a_recording_in_storage()

        previews.make_recording_set(recording_id=recording_id)

        made = previews.get_preview(subject="recording", subject_id=recording_id)
        assert made.state == State.READY
        assert made.placeholder == "#336699"
        assert [asset.width for asset in made.all("poster")] == [320, 640, 1280]
        for asset in made.assets:
            name = asset.url.removeprefix(default_storage.url(""))
            assert default_storage.size(name) == asset.bytes

    def test_knows_only_recordings_of_streams(self) -> None:
        with pytest.raises(RecordingNotFound):
            previews.make_recording_set(recording_id=new_id())

        assert len(PreviewSet.objects) == 0


class TestRefreshLive:
    def test_makes_the_set_of_a_running_broadcast(self, engine: Memory, tmp_path: Path) -> None:
        broadcast_id = a_broadcast_with_footage(engine, a_live(tmp_path, b"one"))

        previews.refresh_live(broadcast_id=broadcast_id)

        made = previews.get_preview(subject="broadcast", subject_id=broadcast_id)
        assert made.state == State.READY
        assert made.first("thumbnail")

    def test_waits_for_the_first_segment(self) -> None:
        with pytest.raises(LiveNotReady):
            previews.refresh_live(broadcast_id=a_live_broadcast().broadcast_id)


class TestFindPreviews:
    def test_returns_what_there_is_by_subject(self) -> None:
        waiting, other = a_waiting_set(), a_waiting_set()
        live = a_waiting_set(subject=Subject.BROADCAST)

        found = previews.find_previews(
            subject="recording",
            subject_ids=[waiting.subject_id, other.subject_id, live.subject_id, new_id()],
        )

        assert set(found) == {waiting.subject_id, other.subject_id}
        assert found[waiting.subject_id].state == State.PENDING
        assert found[waiting.subject_id].first("preview") is None

    def test_of_nothing_returns_nothing(self) -> None:
        assert previews.find_previews(subject="recording", subject_ids=[]) == {}


class TestGetPreview:
    def test_says_when_there_is_none(self) -> None:
        with pytest.raises(PreviewNotFound):
            previews.get_preview(subject="recording", subject_id=new_id())


@pytest.mark.usefixtures("queues")
class TestEvents:
    def test_a_stored_recording_is_expected_and_queued(self) -> None:
        recording_id, broadcast_id = new_id(), new_id()

        happened(
            RecordingStored(
                at=NOON,
                recording_id=recording_id,
                broadcast_id=broadcast_id,
                creator_id=ADA,
                title="Launch",
                visibility="public",
                duration_s=40.0,
                size_bytes=1_000,
            )
        )

        assert the_set(Subject.RECORDING, recording_id).state == State.PENDING
        assert queued() == [("previews.make_recording_set", {"recording_id": recording_id})]

    def test_a_started_broadcast_is_queued(self) -> None:
        broadcast_id = new_id()

        happened(
            BroadcastStarted(
                at=NOON,
                broadcast_id=broadcast_id,
                creator_id=ADA,
                title="Launch",
                visibility="public",
                session_epoch=1,
            )
        )

        assert queued() == [("previews.refresh_live", {"broadcast_id": broadcast_id})]


class TestRegenerate:
    def test_is_for_what_is_on_air(self, engine: Memory, tmp_path: Path) -> None:
        broadcast_id = a_broadcast_with_footage(engine, a_live(tmp_path, b"one"))
        previews.refresh_live(broadcast_id=broadcast_id)
        set_id = str(the_set(Subject.BROADCAST, broadcast_id).pk)
        previews.regenerate_by_id(set_id=set_id)
        previews.refresh_live(broadcast_id=broadcast_id)
        streams.end_broadcast(broadcast_id=broadcast_id, by=ADA, reason="creator")

        with pytest.raises(BroadcastNotLive):
            previews.regenerate_by_id(set_id=set_id)

        assert the_set(Subject.BROADCAST, broadcast_id).state == State.READY


@pytest.mark.usefixtures("queues")
class TestTasks:
    def test_make_a_recording_set(self) -> None:
        recording_id = a_recording_in_storage()

        tasks.make_recording_set(recording_id=recording_id)

        assert the_set(Subject.RECORDING, recording_id).state == State.READY

    def test_refresh_a_live(self, engine: Memory, tmp_path: Path) -> None:
        broadcast_id = a_broadcast_with_footage(engine, a_live(tmp_path, b"one"))

        tasks.refresh_live(broadcast_id=broadcast_id)

        assert the_set(Subject.BROADCAST, broadcast_id).state == State.READY

    def test_refresh_lives_somebody_looks_at_and_those_without_a_set(
        self, engine: Memory, tmp_path: Path
    ) -> None:
        looked_at, left_alone = (
            a_broadcast_with_footage(engine, a_live(tmp_path / name, b"one"))
            for name in ("a", "b")
        )
        for broadcast_id in (looked_at, left_alone):
            previews.refresh_live(broadcast_id=broadcast_id)
        empty = a_live_broadcast().broadcast_id
        an_ended_broadcast()
        previews.find_previews(subject="broadcast", subject_ids=[looked_at])

        tasks.refresh_lives()

        refreshed = {arguments["broadcast_id"] for _, arguments in queued()}
        assert refreshed == {looked_at, empty}

    def test_queue_again_what_was_lost(self) -> None:
        long_ago = timezone.now() - 2 * upkeep.STALE_AFTER
        recording = a_waiting_set(since=long_ago)
        live = a_waiting_set(subject=Subject.BROADCAST, since=long_ago)

        for _ in range(2):
            tasks.reconcile()

        assert sorted(queued()) == [
            ("previews.make_recording_set", {"recording_id": recording.subject_id}),
            ("previews.refresh_live", {"broadcast_id": live.subject_id}),
        ]

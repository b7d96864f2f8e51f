from __future__ import annotations

import pytest
from pytest_django import Settings

from apps.social import public as social
from apps.social import tasks
from apps.social.adapters.memory import MemoryYouTube
from apps.social.documents.uploads import YouTubeUpload
from apps.social.errors import YouTubeDown
from apps.streams.events import RecordingStored
from kit.ids import new_id
from kit.pages import PageRequest
from tests.conftest import NOON
from tests.social.broker import happened, queued
from tests.social.builders import ADA, VIDEO, the_upload
from tests.social.stage import a_stored_recording, connect, run_queued

pytestmark = pytest.mark.usefixtures("queues")


def stored(recording_id: str) -> RecordingStored:
    return RecordingStored(
        at=NOON,
        recording_id=recording_id,
        broadcast_id=new_id(),
        creator_id=ADA,
        title="Launch",
        visibility="public",
        duration_s=40.0,
        size_bytes=len(VIDEO),
    )


class TestAStoredRecording:
    def test_becomes_a_video_by_itself(self, wired: MemoryYouTube) -> None:
        connect(privacy="public")
        wired.polls_to_process = 0

        happened(stored(a_stored_recording(title="Launch day")))

        assert run_queued() == ["social.upload_video"]
        tasks.poll_processing()
        assert run_queued() == ["social.poll_creator"]
        [found] = social.list_uploads(user_id=ADA, page=PageRequest()).items
        assert (found.state, found.progress, found.title) == ("done", 100, "Launch day")
        assert bytes(wired.videos[found.video_id].content) == VIDEO

    def test_becomes_one_video_however_often_it_is_told(self, wired: MemoryYouTube) -> None:
        connect()
        event = stored(a_stored_recording())

        happened(event)
        happened(event)
        run_queued()
        happened(event)

        assert run_queued() == []
        assert len(wired.videos) == 1

    def test_stays_where_it_is_without_a_connection(self, wired: MemoryYouTube) -> None:
        happened(stored(a_stored_recording()))

        assert queued() == []
        assert wired.sessions == {}

    def test_may_be_gone_when_it_is_told(self, wired: MemoryYouTube) -> None:
        connect()

        happened(stored(new_id()))

        assert queued() == []


class TestTasks:
    def test_carry_on_with_what_a_failed_one_left(self, wired: MemoryYouTube) -> None:
        connect()
        recording_id = a_stored_recording()
        upload = social.request_upload(user_id=ADA, recording_id=recording_id, wishes={})
        wired.broken["send_chunk"] = [YouTubeDown(why="503")]
        with pytest.raises(YouTubeDown):
            social.send_upload(upload_id=upload.id, holder="a")

        tasks.upload_video(upload_id=upload.id)

        assert the_upload(upload.id).state == "processing"

    def test_hand_over_to_the_next_one_when_their_time_is_over(
        self, wired: MemoryYouTube, settings: Settings
    ) -> None:
        settings.SOCIAL_TIME_SLICE_S = 0
        connect()
        nine_mib = VIDEO * 9
        recording_id = a_stored_recording(nine_mib)
        upload = social.request_upload(user_id=ADA, recording_id=recording_id, wishes={})

        is_more_left = tasks.upload_video(upload_id=upload.id)

        assert is_more_left
        assert the_upload(upload.id).offset == 8 * len(VIDEO)
        assert not tasks.upload_video(upload_id=upload.id)
        [held] = wired.videos.values()
        assert bytes(held.content) == nine_mib

    def test_resume_what_nobody_works_on(self, wired: MemoryYouTube) -> None:
        connect()
        upload = social.request_upload(user_id=ADA, recording_id=a_stored_recording(), wishes={})
        YouTubeUpload.objects.update(set__due_at=NOON.replace(year=2020))

        for _ in range(2):
            tasks.resume_uploads()

        assert queued() == [("social.upload_video", {"upload_id": upload.id})]

    def test_revoke_what_google_has_not_heard_of(self, wired: MemoryYouTube) -> None:
        connect()
        social.disconnect(user_id=ADA)

        tasks.resume_uploads()

        assert run_queued() == ["social.revoke_grant"]
        assert wired.refresh_tokens == set()

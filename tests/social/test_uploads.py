from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.social import queries, rules
from apps.social.documents.uploads import YouTubeUpload
from apps.social.errors import (
    NotConnected,
    NotYourRecording,
    ReconnectRequired,
    RecordingNotReady,
    UploadNotFound,
    UploadOver,
    VideoRefused,
    YouTubeDown,
)
from apps.social.services import connections, uploads
from kit.pages import PageRequest
from tests.social.builders import ADA, CHUNK, EVE, VIDEO, Studio, the_connection, the_upload


class TestRequestUpload:
    def test_queues_what_the_creator_wishes(self) -> None:
        studio = Studio()
        studio.a_connection()
        recording = studio.a_recording(title="Launch")

        made = studio.request(
            recording, title="Day one", description="Hi", privacy="unlisted", made_for_kids=True
        )

        kept = the_upload(made.id)
        assert (made.state, made.title, made.privacy) == ("queued", "Day one", "unlisted")
        assert (made.progress, made.size_bytes) == (0, len(VIDEO))
        assert (kept.description, kept.is_made_for_kids) == ("Hi", True)
        assert kept.sha256 == recording.sha256

    def test_falls_back_on_the_recording_and_the_connection(self) -> None:
        studio = Studio()
        studio.a_connection(privacy="unlisted")

        made = studio.request(studio.a_recording(title="<Launch> " * 20))

        assert made.title == ("Launch " * 20)[:100].strip()
        assert made.privacy == "unlisted"

    def test_is_one_upload_a_recording(self) -> None:
        studio = Studio()
        studio.a_connection()
        recording = studio.a_recording()

        first, second = studio.request(recording), studio.request(recording, title="Other")

        assert second == first
        assert len(YouTubeUpload.objects) == 1

    def test_leaves_a_done_one_alone(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.send(upload_id)
        [recording] = studio.recordings.values()

        again = studio.request(recording)

        assert (again.id, again.state) == (upload_id, "processing")

    def test_begins_a_failed_one_anew(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["start_upload"] = [VideoRefused(reason="invalidTitle")]
        studio.send(upload_id)
        [recording] = studio.recordings.values()

        again = studio.request(recording, title="Better")

        assert (again.id, again.state, again.title) == (upload_id, "queued", "Better")
        assert again.error is None
        studio.send(upload_id)
        assert [held.video.title for held in studio.youtube.videos.values()] == ["Better"]

    def test_of_a_cancelled_one_asks_after_its_last_bytes_first(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload(VIDEO[:CHUNK])
        studio.youtube.lose_answers = [YouTubeDown(why="reset")]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)
        uploads.cancel_upload(upload_id=upload_id, user_id=ADA)
        [recording] = studio.recordings.values()

        studio.request(recording)
        studio.send(upload_id)

        assert list(studio.youtube.videos) == [the_upload(upload_id).video_id]

    def test_of_a_cancelled_one_fences_off_who_still_sends(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        sending = YouTubeUpload.objects.claim(upload_id, holder="task", now=studio.now)
        uploads.cancel_upload(upload_id=upload_id, user_id=ADA)
        [recording] = studio.recordings.values()
        studio.request(recording)

        assert not YouTubeUpload.objects.hold(sending, now=studio.now, events=[], offset=1)

    def test_is_refused_for_someone_else_s_recording(self) -> None:
        studio = Studio()
        studio.a_connection()
        recording = studio.a_recording(creator_id=EVE)

        with pytest.raises(NotYourRecording):
            studio.request(recording)

    def test_waits_for_the_recording_to_be_stored(self) -> None:
        studio = Studio()
        studio.a_connection()
        recording = studio.a_recording(state="expected")

        with pytest.raises(RecordingNotReady):
            studio.request(recording)

    def test_needs_a_channel(self) -> None:
        studio = Studio()
        recording = studio.a_recording()

        with pytest.raises(NotConnected):
            studio.request(recording)

    def test_needs_a_channel_that_lets_us_in(self) -> None:
        studio = Studio()
        studio.a_connection()
        connections.lose(the_connection(), now=studio.now)
        recording = studio.a_recording()

        with pytest.raises(ReconnectRequired):
            studio.request(recording)


class TestPublishRecording:
    def test_queues_it_for_a_creator_who_wishes_so(self) -> None:
        studio = Studio()
        studio.a_connection(privacy="public")
        recording = studio.a_recording()

        upload_id = uploads.publish_recording(recording=recording, now=studio.now)

        assert upload_id is not None
        assert the_upload(upload_id).privacy == "public"

    def test_never_shows_it_to_more_people_than_the_broadcast(self) -> None:
        studio = Studio()
        studio.a_connection(privacy="public")
        recording = studio.a_recording(visibility="followers")

        upload_id = uploads.publish_recording(recording=recording, now=studio.now)

        assert upload_id is not None
        assert the_upload(upload_id).privacy == "private"

    def test_may_be_repeated_until_it_is_under_way(self) -> None:
        studio = Studio()
        studio.a_connection()
        recording = studio.a_recording()
        first = uploads.publish_recording(recording=recording, now=studio.now)

        second = uploads.publish_recording(recording=recording, now=studio.now)

        assert first is not None
        assert second == first
        studio.send(first)
        assert uploads.publish_recording(recording=recording, now=studio.now) is None
        assert len(YouTubeUpload.objects) == 1

    def test_does_not_revive_what_failed(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["start_upload"] = [VideoRefused(reason="invalidTitle")]
        studio.send(upload_id)
        [recording] = studio.recordings.values()

        assert uploads.publish_recording(recording=recording, now=studio.now) is None
        assert the_upload(upload_id).state == "failed"

    @pytest.mark.parametrize("wanted", [{"auto_publish": False}, {"state": "revoked"}])
    def test_leaves_it_where_the_connection_says_no(self, wanted: dict[str, Any]) -> None:
        studio = Studio()
        studio.a_connection(**wanted)

        found = uploads.publish_recording(recording=studio.a_recording(), now=studio.now)

        assert found is None

    def test_leaves_it_without_a_connection(self) -> None:
        studio = Studio()

        found = uploads.publish_recording(recording=studio.a_recording(), now=studio.now)

        assert found is None

    def test_leaves_what_is_not_stored(self) -> None:
        studio = Studio()
        studio.a_connection()
        recording = studio.a_recording(state="failed")

        assert uploads.publish_recording(recording=recording, now=studio.now) is None


class TestCancelUpload:
    def test_stops_it_before_its_next_chunk(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()

        found = uploads.cancel_upload(upload_id=upload_id, user_id=ADA)

        assert found.state == "cancelled"
        studio.send(upload_id)
        assert studio.youtube.sessions == {}

    def test_may_be_repeated(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        uploads.cancel_upload(upload_id=upload_id, user_id=ADA)

        assert uploads.cancel_upload(upload_id=upload_id, user_id=ADA).state == "cancelled"

    def test_comes_too_late_for_a_video(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.send(upload_id)

        with pytest.raises(UploadOver):
            uploads.cancel_upload(upload_id=upload_id, user_id=ADA)

    def test_does_not_hide_a_video_its_last_chunk_became(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["send_chunk"] = [YouTubeDown(why="503")]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)
        in_flight = the_upload(upload_id)
        uploads.cancel_upload(upload_id=upload_id, user_id=ADA)

        YouTubeUpload.objects.finish(in_flight, video_id="dQw4w9WgXcQ", now=studio.now)

        kept = the_upload(upload_id)
        assert (kept.state, kept.video_id) == ("processing", "dQw4w9WgXcQ")

    def test_is_the_creator_s_alone(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()

        with pytest.raises(UploadNotFound):
            uploads.cancel_upload(upload_id=upload_id, user_id=EVE)

        assert the_upload(upload_id).state == "queued"


class TestRequeueOverdue:
    def test_finds_what_lost_its_task(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        at_once = uploads.requeue_overdue(now=studio.now, limit=10)

        later = uploads.requeue_overdue(now=studio.now + rules.QUEUE_GRACE, limit=10)

        assert (at_once, later) == ([], [upload_id])

    def test_finds_what_lost_its_worker(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        YouTubeUpload.objects.claim(upload_id, holder="died", now=studio.now)

        found = uploads.requeue_overdue(now=studio.now + rules.LEASE, limit=10)

        assert found == [upload_id]

    def test_leaves_the_first_minutes_to_the_task_s_own_retries(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["start_upload"] = [YouTubeDown(why="503")]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        soon = uploads.requeue_overdue(now=studio.now + timedelta(minutes=10), limit=10)
        late = uploads.requeue_overdue(now=studio.now + rules.AFTER_RETRIES, limit=10)

        assert (soon, late) == ([], [upload_id])

    def test_hands_each_one_out_once(self) -> None:
        studio = Studio()
        studio.a_queued_upload()
        later = studio.now + rules.QUEUE_GRACE
        uploads.requeue_overdue(now=later, limit=10)

        assert uploads.requeue_overdue(now=later, limit=10) == []


class TestListUploads:
    def test_pages_through_a_creator_s_own_newest_first(self) -> None:
        studio = Studio()
        ids = [studio.a_queued_upload() for _ in range(3)]

        first = queries.list_uploads(user_id=ADA, page=PageRequest(limit=2))
        rest = queries.list_uploads(user_id=ADA, page=PageRequest(cursor=first.next, limit=2))

        assert [row.id for row in first.items + rest.items] == ids[::-1]
        assert rest.next is None
        assert queries.list_uploads(user_id=EVE, page=PageRequest()).items == []

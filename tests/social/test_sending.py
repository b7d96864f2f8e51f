from __future__ import annotations

from datetime import timedelta

import pytest
from typing_extensions import override

from apps.social import queries, rules
from apps.social.adapters.memory import MemoryYouTube
from apps.social.documents.uploads import YouTubeUpload
from apps.social.errors import (
    SessionGone,
    VideoRefused,
    YouTubeDown,
)
from apps.social.ports import Progress, Session
from apps.social.services import uploads
from tests.social.builders import (
    ADA,
    CHUNK,
    VIDEO,
    Studio,
    announced,
    the_upload,
)

DOWN = YouTubeDown(why="503")


class CancelledMeanwhile(MemoryYouTube):
    """Its creator changes their mind while the first chunk is on its way."""

    @override
    def send_chunk(
        self, access_token: str, session: Session, *, offset: int, chunk: bytes
    ) -> Progress:
        for upload in YouTubeUpload.objects:
            uploads.cancel_upload(upload_id=str(upload.id), user_id=ADA)
        return super().send_chunk(access_token, session, offset=offset, chunk=chunk)


class MovesSessions(MemoryYouTube):
    """Answers every chunk with a new address for the rest."""

    @override
    def send_chunk(
        self, access_token: str, session: Session, *, offset: int, chunk: bytes
    ) -> Progress:
        found = super().send_chunk(access_token, session, offset=offset, chunk=chunk)
        moved_to = f"{session.uri}-moved"
        self.sessions[moved_to] = self.sessions.pop(session.uri)
        return Progress(offset=found.offset, video_id=found.video_id, moved_to=moved_to)


class TestSendUpload:
    def test_makes_one_video_of_the_recording(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload(title="Launch day", privacy="unlisted")

        goes_on = studio.send(upload_id)

        [(video_id, held)] = studio.youtube.videos.items()
        kept = the_upload(upload_id)
        assert not goes_on
        assert bytes(held.content) == VIDEO
        assert (held.video.title, held.video.privacy) == ("Launch day", "unlisted")
        assert held.video.is_made_for_kids is False
        assert (kept.state, kept.video_id, kept.offset) == ("processing", video_id, len(VIDEO))
        assert kept.sealed_session == ""

    def test_says_how_far_it_is_at_most_every_ten_percent(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload(VIDEO * 8)

        studio.send(upload_id)

        told = announced(the_upload(upload_id))
        assert {event["key"] for event in told} == {"upload.progressed"}
        assert [event["progress"] for event in told] == [10, 20, 30, 40, 50, 60, 70, 80, 90]

    def test_keeps_the_session_sealed(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["send_chunk"] = [DOWN]

        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        [uri] = studio.youtube.sessions
        kept = the_upload(upload_id)
        assert kept.state == "uploading"
        assert studio.safe.open(kept.sealed_session) == uri
        assert uri not in kept.to_json()

    def test_counts_the_quota_once_however_often_it_is_cut(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["send_chunk"] = [DOWN]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)
        studio.youtube.broken["find_progress"] = [DOWN]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        studio.send(upload_id)

        assert queries.count_uploads_today(now=studio.now) == 1
        assert len(studio.youtube.sessions) == 1
        assert the_upload(upload_id).state == "processing"

    def test_goes_on_where_the_site_is_and_not_where_it_was_sent_to(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.keeps_bytes = CHUNK

        studio.send(upload_id, chunk_bytes=2 * CHUNK)

        [held] = studio.youtube.videos.values()
        assert bytes(held.content) == VIDEO

    def test_never_makes_a_second_video_of_a_lost_last_answer(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload(VIDEO[:CHUNK])
        studio.youtube.lose_answers = [DOWN]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        studio.send(upload_id)

        assert list(studio.youtube.videos) == [the_upload(upload_id).video_id]

    def test_leaves_it_to_a_person_when_nobody_knows_whether_there_is_a_video(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload(VIDEO[:CHUNK])
        studio.youtube.lose_answers = [DOWN]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)
        studio.youtube.sessions.clear()

        studio.send(upload_id)

        kept = the_upload(upload_id)
        assert (kept.state, kept.error_code) == ("failed", "outcome-unknown")
        assert studio.youtube.sessions == {}

    def test_begins_anew_when_the_session_is_gone(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.lose_answers = [DOWN]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)
        studio.youtube.sessions.clear()

        studio.send(upload_id)

        [held] = studio.youtube.videos.values()
        assert bytes(held.content) == VIDEO
        assert queries.count_uploads_today(now=studio.now) == 2

    def test_begins_anew_when_the_session_goes_between_two_chunks(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["send_chunk"] = [SessionGone()]

        studio.send(upload_id)

        assert len(studio.youtube.videos) == 1
        assert the_upload(upload_id).sessions == 2

    def test_stops_beginning_anew_after_five_sessions(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["send_chunk"] = [SessionGone() for _ in range(9)]

        studio.send(upload_id)

        assert the_upload(upload_id).error_code == "session-lost-too-often"
        assert queries.count_uploads_today(now=studio.now) == 5

    def test_asks_where_it_is_when_a_chunk_is_refused(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        # an overtaken worker's chunk arrived just before ours
        studio.youtube.lose_answers = [VideoRefused(reason="badRequest")]

        studio.send(upload_id)

        [held] = studio.youtube.videos.values()
        assert bytes(held.content) == VIDEO

    def test_hands_over_to_a_new_task_when_its_time_is_over(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.tick = timedelta(minutes=1)

        goes_on = studio.send(upload_id)

        assert goes_on
        assert studio.youtube.videos == {}
        studio.tick = timedelta()
        assert not studio.send(upload_id, holder="next")
        assert len(studio.youtube.videos) == 1

    def test_does_nothing_for_an_upload_that_is_over(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.send(upload_id)

        studio.send(upload_id)

        assert len(studio.youtube.sessions) == 1
        assert the_upload(upload_id).attempts == 1

    def test_stops_where_its_creator_cancels(self) -> None:
        studio = Studio(site=CancelledMeanwhile())
        upload_id = studio.a_queued_upload()

        studio.send(upload_id)

        assert the_upload(upload_id).state == "cancelled"
        assert studio.youtube.videos == {}

    def test_backs_off_from_a_site_that_keeps_nothing(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.keeps_bytes = 0

        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        studio.send(upload_id)
        assert the_upload(upload_id).state == "processing"

    def test_waits_for_a_site_that_has_all_bytes_and_no_video_yet(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload(VIDEO[:CHUNK])
        studio.youtube.lose_answers = [DOWN]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)
        [held] = studio.youtube.sessions.values()
        video_id, held.video_id = held.video_id, ""

        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        held.video_id = video_id
        studio.send(upload_id)
        assert the_upload(upload_id).video_id == video_id

    def test_follows_a_session_that_moves(self) -> None:
        studio = Studio(site=MovesSessions())
        upload_id = studio.a_queued_upload()

        studio.send(upload_id)

        assert the_upload(upload_id).state == "processing"

    def test_begins_anew_when_the_key_of_a_session_is_gone(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["send_chunk"] = [DOWN]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)
        YouTubeUpload.objects.update(set__sealed_session="sealed-by-a-lost-key")

        studio.send(upload_id)

        assert the_upload(upload_id).sessions == 2
        assert len(studio.youtube.videos) == 1

    def test_counts_a_try_as_lost_until_it_gets_further(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["start_upload"] = [DOWN, DOWN]
        for _ in range(2):
            with pytest.raises(YouTubeDown):
                studio.send(upload_id)
        lost = the_upload(upload_id).failures

        studio.send(upload_id)

        assert (lost, the_upload(upload_id).failures) == (2, 0)

    def test_gives_up_what_never_gets_further(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        YouTubeUpload.objects.update(set__failures=rules.MAX_FAILURES)

        studio.send(upload_id)

        assert the_upload(upload_id).error_code == "gave-up"
        assert studio.youtube.sessions == {}


class TestTheSource:
    def test_that_is_gone_ends_it(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.recordings.clear()

        studio.send(upload_id)

        assert the_upload(upload_id).error_code == "source-changed"

    def test_whose_file_is_gone_ends_it(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        [recording] = studio.recordings.values()
        studio.storage.delete(recording.storage_name)

        studio.send(upload_id)

        assert the_upload(upload_id).error_code == "source-changed"

    def test_that_moderation_took_away_is_not_published(self) -> None:
        studio = Studio()
        studio.a_connection()
        recording = studio.a_recording()
        upload_id = studio.request(recording).id
        studio.recordings[recording.id] = studio.a_recording(state="failed")

        studio.send(upload_id)

        assert the_upload(upload_id).error_code == "source-changed"
        assert studio.youtube.sessions == {}

    def test_that_was_made_anew_is_not_mixed_with_the_old(self) -> None:
        studio = Studio()
        studio.a_connection()
        recording = studio.a_recording()
        upload_id = studio.request(recording).id
        studio.recordings[recording.id] = studio.a_recording(VIDEO[::-1])

        studio.send(upload_id)

        assert the_upload(upload_id).error_code == "source-changed"

    def test_that_is_shorter_than_it_says_never_becomes_a_video(self) -> None:
        studio = Studio()
        studio.a_connection()
        recording = studio.a_recording(size_bytes=len(VIDEO) + CHUNK)
        upload_id = studio.request(recording).id

        studio.send(upload_id)

        assert the_upload(upload_id).error_code == "source-changed"
        assert studio.youtube.videos == {}


class TestARefusal:
    def test_ends_it_with_the_site_s_reason_and_tells_the_creator(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["start_upload"] = [VideoRefused(reason="invalidTitle")]

        studio.send(upload_id)

        kept = the_upload(upload_id)
        assert (kept.state, kept.error_code) == ("failed", "invalid-title")
        assert announced(kept) == [
            {
                "key": "upload.failed",
                "upload_id": upload_id,
                "recording_id": kept.recording_id,
                "creator_id": ADA,
                "title": "Launch",
                "code": "invalid-title",
            }
        ]

    def test_of_a_chunk_ends_it_too(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["send_chunk"] = [VideoRefused(reason="mediaBodyRequired")]

        studio.send(upload_id)

        assert the_upload(upload_id).error_code == "media-body-required"

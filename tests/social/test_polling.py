from __future__ import annotations

from datetime import timedelta

import pytest

from apps.social import queries, rules
from apps.social.errors import GrantLost, QuotaSpent, VideoRefused, YouTubeDown
from apps.social.services import connections
from tests.social.builders import ADA, Studio, announced, the_connection, the_upload


def a_processing_upload(studio: Studio) -> str:
    upload_id = studio.a_queued_upload()
    studio.send(upload_id)
    return upload_id


class TestPollCreator:
    def test_publishes_what_is_processed(self) -> None:
        studio = Studio()
        studio.youtube.polls_to_process = 0
        upload_id = a_processing_upload(studio)

        studio.poll()

        kept = the_upload(upload_id)
        found = queries.get_upload(upload_id=upload_id, user_id=ADA)
        assert (found.state, found.actual_privacy) == ("done", "public")
        assert found.published_at == studio.now
        assert found.watch_url == f"https://www.youtube.com/watch?v={kept.video_id}"
        assert announced(kept)[-1] == {
            "key": "upload.published",
            "upload_id": upload_id,
            "recording_id": kept.recording_id,
            "creator_id": ADA,
            "video_id": kept.video_id,
            "title": "Launch",
        }

    def test_looks_again_later_at_what_is_not(self) -> None:
        studio = Studio()
        a_processing_upload(studio)

        studio.poll()

        assert queries.list_creators_to_poll(now=studio.now) == []
        studio.now += rules.FIRST_POLL_AFTER
        assert queries.list_creators_to_poll(now=studio.now) == [ADA]

    def test_asks_once_for_all_of_a_creator_s_videos(self) -> None:
        studio = Studio()
        studio.youtube.polls_to_process = 0
        ids = [a_processing_upload(studio) for _ in range(3)]
        # a second call would find this
        studio.youtube.broken["list_videos"] = []

        studio.poll()

        assert [the_upload(upload_id).state for upload_id in ids] == ["done"] * 3

    def test_says_why_the_site_could_not_use_a_video(self) -> None:
        studio = Studio()
        studio.youtube.polls_to_process = 0
        studio.youtube.failure = "invalidFile"
        upload_id = a_processing_upload(studio)

        studio.poll()

        assert the_upload(upload_id).error_code == "invalid-file"
        assert announced(the_upload(upload_id))[-1]["key"] == "upload.failed"

    def test_waits_ten_minutes_for_a_video_that_is_not_listed(self) -> None:
        studio = Studio()
        upload_id = a_processing_upload(studio)
        studio.youtube.sessions.clear()

        studio.poll()

        assert the_upload(upload_id).state == "processing"
        studio.now += rules.MISSING_GRACE + timedelta(seconds=1)
        studio.poll()
        assert the_upload(upload_id).error_code == "video-gone"

    def test_gives_up_after_a_day(self) -> None:
        studio = Studio()
        studio.youtube.polls_to_process = 99
        upload_id = a_processing_upload(studio)
        studio.now += rules.GIVE_UP_AFTER + timedelta(seconds=1)

        studio.poll()

        assert the_upload(upload_id).error_code == "processing-too-long"

    @pytest.mark.parametrize("down", [YouTubeDown(why="503"), QuotaSpent()])
    def test_does_not_ask_at_every_tick_while_the_site_is_down(self, down: Exception) -> None:
        studio = Studio()
        upload_id = a_processing_upload(studio)
        studio.youtube.broken["list_videos"] = [down]

        with pytest.raises(YouTubeDown):
            studio.poll()

        assert queries.list_creators_to_poll(now=studio.now) == []
        assert the_upload(upload_id).state == "processing"

    def test_keeps_a_day_for_the_creator_to_connect_again(self) -> None:
        studio = Studio()
        upload_id = a_processing_upload(studio)
        studio.youtube.broken["list_videos"] = [GrantLost(why="invalid_grant")]

        studio.poll()

        assert the_connection().state == "reconnect_required"
        assert the_upload(upload_id).state == "processing"
        studio.now += rules.GIVE_UP_AFTER + timedelta(seconds=1)
        studio.poll()
        assert the_upload(upload_id).error_code == "connection-lost"

    def test_goes_on_when_the_creator_has_connected_again(self) -> None:
        studio = Studio()
        studio.youtube.polls_to_process = 0
        upload_id = a_processing_upload(studio)
        connections.lose(the_connection(), now=studio.now)
        studio.poll()
        studio.a_connection()
        studio.now += rules.SLOWEST_POLL

        studio.poll()

        assert the_upload(upload_id).state == "done"

    def test_ends_with_a_closed_account(self) -> None:
        studio = Studio()
        upload_id = a_processing_upload(studio)
        studio.youtube.broken["list_videos"] = [
            VideoRefused(reason="authenticatedUserAccountSuspended")
        ]

        studio.poll()

        assert the_upload(upload_id).error_code == "authenticated-user-account-suspended"

    def test_asks_nothing_where_nothing_waits(self) -> None:
        studio = Studio()
        studio.a_connection()
        studio.youtube.broken["list_videos"] = [YouTubeDown(why="asked")]

        studio.poll()

        assert len(studio.youtube.broken["list_videos"]) == 1

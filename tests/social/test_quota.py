from __future__ import annotations

from datetime import timedelta

from apps.social import rules
from apps.social.documents.quota import QuotaDay
from apps.social.errors import (
    ChannelLimitReached,
)
from apps.social.services import uploads
from tests.social.builders import (
    ADA,
    Studio,
    announced,
    the_upload,
)


class TestTheQuota:
    def test_of_the_project_makes_it_wait_for_midnight_in_california(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.uploads_left = 0

        studio.send(upload_id)

        kept = the_upload(upload_id)
        midnight = rules.next_quota_day(studio.now)
        assert (kept.state, kept.not_before) == ("waiting_quota", midnight)
        assert announced(kept) == [
            {
                "key": "upload.waiting",
                "upload_id": upload_id,
                "recording_id": kept.recording_id,
                "creator_id": ADA,
                "code": "quota-spent",
                "until": midnight.isoformat(),
            }
        ]

    def test_once_spent_stops_every_other_upload_without_a_call(self) -> None:
        studio = Studio()
        first, second = studio.a_queued_upload(), studio.a_queued_upload()
        studio.youtube.uploads_left = 0
        studio.send(first)
        studio.youtube.uploads_left = 100

        studio.send(second)

        assert the_upload(second).state == "waiting_quota"
        assert studio.youtube.uploads_left == 100

    def test_is_a_hundred_a_day(self) -> None:
        studio = Studio()

        taken = [QuotaDay.objects.take("2026-11-23") for _ in range(rules.UPLOADS_A_DAY + 1)]

        assert taken == [True] * rules.UPLOADS_A_DAY + [False]
        assert QuotaDay.objects.take("2026-11-24")
        assert studio.youtube.uploads_left == 100

    def test_lets_nobody_start_early(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.uploads_left = 0
        studio.send(upload_id)
        studio.youtube.uploads_left = 100

        studio.send(upload_id)

        assert the_upload(upload_id).state == "waiting_quota"

    def test_full_again_lets_it_go_on(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.uploads_left = 0
        studio.send(upload_id)
        studio.youtube.uploads_left = 100
        studio.now = rules.next_quota_day(studio.now)

        due = uploads.requeue_overdue(now=studio.now, limit=10)
        studio.send(upload_id)

        assert due == [upload_id]
        assert the_upload(upload_id).state == "processing"

    def test_of_a_channel_is_waited_for_three_days_and_no_longer(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        states = []

        for _ in range(4):
            studio.youtube.broken["start_upload"] = [ChannelLimitReached()]
            studio.send(upload_id)
            states.append(the_upload(upload_id).state)
            studio.now += timedelta(hours=24)

        assert states == ["waiting_quota"] * 3 + ["failed"]
        assert the_upload(upload_id).error_code == "channel-limit-reached"

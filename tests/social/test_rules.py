from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.social import rules


class TestQuotaDay:
    @pytest.mark.parametrize(
        ("now", "day"),
        [
            (datetime(2026, 11, 23, 7, 59, 59, tzinfo=UTC), "2026-11-22"),
            (datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC), "2026-11-23"),
            (datetime(2026, 7, 1, 6, 59, 59, tzinfo=UTC), "2026-06-30"),
            (datetime(2026, 7, 1, 7, 0, 0, tzinfo=UTC), "2026-07-01"),
        ],
    )
    def test_begins_at_midnight_in_california(self, now: datetime, day: str) -> None:
        assert rules.quota_day(now) == day

    @pytest.mark.parametrize(
        ("now", "midnight"),
        [
            (datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 24, 8, tzinfo=UTC)),
            # the nights the clocks change: 2026-03-08 and 2026-11-01
            (datetime(2026, 3, 8, 9, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),
            (datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ],
    )
    def test_ends_at_the_next_midnight_there(self, now: datetime, midnight: datetime) -> None:
        assert rules.next_quota_day(now) == midnight

    @given(st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (hypothesis wants them naive)
    def test_is_another_day_after_its_end_and_the_same_until_then(self, now: datetime) -> None:
        end = rules.next_quota_day(now)

        assert rules.quota_day(end) != rules.quota_day(now)
        assert rules.quota_day(end - timedelta(seconds=1)) == rules.quota_day(now)


class TestVideoTitle:
    @pytest.mark.parametrize(
        ("title", "made"),
        [
            ("Launch", "Launch"),
            ("<b>Launch</b>", "b Launch /b"),
            ("  two\n lines ", "two lines"),
            ("<>", "Live recording"),
            ("x" * 140, "x" * 100),
        ],
    )
    def test_is_one_youtube_takes(self, title: str, made: str) -> None:
        assert rules.video_title(title) == made

    @given(st.text(max_size=200))
    def test_is_accepted_whatever_the_broadcast_was_called(self, title: str) -> None:
        assert rules.is_video_title(rules.video_title(title))


class TestAutomaticPrivacy:
    @pytest.mark.parametrize(
        ("visibility", "wished", "made"),
        [
            ("public", "public", "public"),
            ("public", "private", "private"),
            ("unlisted", "public", "unlisted"),
            ("unlisted", "private", "private"),
            ("followers", "public", "private"),
            ("private", "public", "private"),
            ("something-new", "public", "private"),
        ],
    )
    def test_shows_it_to_no_more_people_than_the_broadcast(
        self, visibility: str, wished: str, made: str
    ) -> None:
        assert rules.automatic_privacy(visibility, wished) == made


class TestPollAfter:
    @pytest.mark.parametrize(("waited_s", "next_s"), [(0, 5), (5, 5), (40, 40), (9_000, 300)])
    def test_doubles_the_wait_from_five_seconds_to_five_minutes(
        self, waited_s: int, next_s: int
    ) -> None:
        assert rules.poll_after(timedelta(seconds=waited_s)) == timedelta(seconds=next_s)


class TestReasonCode:
    @pytest.mark.parametrize(
        ("reason", "code"),
        [
            ("invalidTitle", "invalid-title"),
            ("youtubeSignupRequired", "youtube-signup-required"),
            ("access_denied", "access-denied"),
            ("http-400", "http-400"),
            ("", "unknown"),
        ],
    )
    def test_words_a_provider_reason_our_way(self, reason: str, code: str) -> None:
        assert rules.reason_code(reason) == code


class TestIsVideoId:
    @pytest.mark.parametrize("text", ["dQw4w9WgXcQ", "___________", "-0123456789"])
    def test_knows_eleven_characters(self, text: str) -> None:
        assert rules.is_video_id(text)

    @pytest.mark.parametrize("text", ["", "short", "dQw4w9WgXcQQ", "dQw4w9WgXc\n", '"><script>x'])
    def test_refuses_anything_else(self, text: str) -> None:
        assert not rules.is_video_id(text)


class TestPercent:
    @pytest.mark.parametrize(
        ("offset", "size", "made"), [(0, 10, 0), (1, 3, 33), (3, 3, 100), (0, 0, 0)]
    )
    def test_is_whole_and_never_more_than_a_hundred(
        self, offset: int, size: int, made: int
    ) -> None:
        assert rules.percent(offset, size) == made

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.accounts.contracts import Followed
from apps.notifications import queries
from apps.notifications.contracts import Channels, InboxItem, QuietHours, Wishes
from apps.notifications.errors import DeviceNotFound, NoticeNotFound, UnknownNoticeType
from apps.notifications.services import inbox
from kit.pages import Page, PageRequest
from tests.conftest import NOON
from tests.notifications.builders import (
    a_live_notice,
    a_notice,
    an_iphone,
    following,
)


class TestListInbox:
    def test_merges_personal_and_followed_creators_newest_first(self) -> None:
        live = a_live_notice()
        failed = a_notice("upload_failed", audience="ada")
        video = a_notice("video_published")
        a_notice("upload_failed", audience="bob")
        a_live_notice(creator="somebody-else")

        page = the_inbox(following())

        assert ids(page) == [video, failed, live]
        assert page.next is None
        assert page.items[2].title == "Ada is live"
        assert page.items[2].payload == {"broadcast_id": "01BROADCAST00000000000000A"}

    def test_begins_with_the_follow(self) -> None:
        a_live_notice(now=NOON - timedelta(days=1))
        seen = a_live_notice()

        assert ids(the_inbox(following(since=NOON))) == [seen]

    def test_leaves_out_what_the_reader_does_not_want(self) -> None:
        a_notice("video_published")
        live = a_live_notice()
        inbox.set_preferences(
            user_id="ada",
            wishes=Wishes(types={"video_published": Channels(push=False, inapp=False)}),
        )

        assert ids(the_inbox(following())) == [live]

    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 7])
    def test_pages_through_everything_once(self, limit: int) -> None:
        made = [
            a_live_notice() if number % 3 else a_notice("upload_failed", audience="ada")
            for number in range(10)
        ]

        seen: list[str] = []
        cursor: str | None = None
        for _ in range(20):
            page = the_inbox(following(), page=PageRequest(cursor=cursor, limit=limit))
            seen += ids(page)
            cursor = page.next
            if cursor is None:
                break

        assert seen == made[::-1]

    def test_leads_past_a_long_history_from_before_the_follow(self) -> None:
        old = a_notice("upload_failed", audience="ada")
        for _ in range(queries.BULK_ROWS):
            a_live_notice(now=NOON - timedelta(days=1))

        first = the_inbox(following(since=NOON))
        assert first.next is not None
        second = the_inbox(following(since=NOON), page=PageRequest(cursor=first.next))

        assert ids(first) + ids(second) == [old]
        assert second.next is None

    def test_is_empty_for_who_follows_nobody(self) -> None:
        a_live_notice()

        assert the_inbox() == Page([], None)


class TestCountUnread:
    def test_counts_what_came_after_the_last_read_one(self) -> None:
        a_live_notice()
        read = a_notice("upload_failed", audience="ada")
        a_live_notice()
        inbox.read_upto(user_id="ada", upto=read)

        assert queries.count_unread(user_id="ada", followed=[following()]) == 1
        assert [item.is_read for item in the_inbox(following()).items] == [False, True, True]

    def test_stops_at_a_hundred(self) -> None:
        for _ in range(queries.MAX_UNREAD + 1):
            a_live_notice()

        unread = queries.count_unread(user_id="ada", followed=[following()])

        assert unread == queries.MAX_UNREAD


class TestReadUpto:
    def test_never_goes_backwards(self) -> None:
        first, second = a_live_notice(), a_live_notice()

        for upto in (first, second, first):
            inbox.read_upto(user_id="ada", upto=upto)

        assert queries.count_unread(user_id="ada", followed=[following()]) == 0


class TestSetPreferences:
    def test_keeps_defaults_for_what_is_left_out(self) -> None:
        wishes = Wishes(
            types={"broadcast_live": Channels(push=False, inapp=True)},
            quiet_hours=QuietHours(tz="Europe/Zurich", start="22:00", end="07:00"),
        )

        inbox.set_preferences(user_id="ada", wishes=wishes)

        assert queries.get_wishes(user_id="ada") == wishes
        known = queries.get_preferences(user_id="ada")
        assert known.types["broadcast_live"] == Channels(push=False, inapp=True)
        assert known.types["video_published"] == Channels(push=False, inapp=True)

    def test_replaces_the_whole(self) -> None:
        everything_off = Wishes(types={"broadcast_live": Channels(push=False, inapp=False)})
        inbox.set_preferences(user_id="ada", wishes=everything_off)

        inbox.set_preferences(user_id="ada", wishes=Wishes())

        assert queries.get_wishes(user_id="ada") == Wishes()

    def test_refuses_an_unknown_type(self) -> None:
        wishes = Wishes(types={"birthday": Channels(push=True, inapp=True)})

        with pytest.raises(UnknownNoticeType):
            inbox.set_preferences(user_id="ada", wishes=wishes)


class TestRecordOpen:
    def test_counts_once_a_device(self) -> None:
        notice, phone, tablet = a_live_notice(), an_iphone("ada"), an_iphone("ada")

        for device in (phone, phone.upper(), tablet):
            inbox.record_open(user_id="ada", notice_id=notice, installation_id=device)

        assert queries.get_notice(notice_id=notice).counters["opened"] == 2

    def test_refuses_a_device_of_somebody_else(self) -> None:
        notice, phone = a_live_notice(), an_iphone("bob")

        with pytest.raises(DeviceNotFound):
            inbox.record_open(user_id="ada", notice_id=notice, installation_id=phone)

    def test_refuses_a_notice_to_somebody_else(self) -> None:
        notice, phone = a_notice("upload_failed", audience="bob"), an_iphone("ada")

        with pytest.raises(NoticeNotFound):
            inbox.record_open(user_id="ada", notice_id=notice, installation_id=phone)


def the_inbox(*followed: Followed, page: PageRequest | None = None) -> Page[InboxItem]:
    return queries.list_inbox(
        user_id="ada",
        lang="en",
        page=page or PageRequest(),
        followed=followed,
    )


def ids(page: Page[InboxItem]) -> list[str]:
    return [item.id for item in page.items]

"""From a fact of another context to a push and a line in the inbox."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import public as accounts
from apps.notifications import public as notifications
from apps.notifications import tasks
from apps.notifications.adapters.memory import Memory
from apps.notifications.contracts import Channels, NoticeSummary, Wishes
from apps.notifications.documents import NoticeEvent
from apps.notifications.events import NoticeRequested
from apps.social.events import ConnectionLost, UploadFailed, UploadPublished
from apps.streams.events import BroadcastEnded, BroadcastExpiring, BroadcastLive, RecordingStored
from kit.pages import PageRequest
from tests.accounts.builders import a_person
from tests.conftest import NOON
from tests.notifications.broker import happened, queued, run_queued
from tests.notifications.builders import an_android, an_iphone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queues")]


class TestABroadcastThatGoesLive:
    @pytest.mark.parametrize("visibility", ["public", "followers"])
    def test_is_pushed_once_to_every_device_of_every_follower(
        self, wired: list[Memory], visibility: str
    ) -> None:
        creator, fan = a_person("creator"), a_person("fan")
        accounts.follow(follower_id=fan, creator_id=creator)
        devices = {an_iphone(fan), an_android(fan)}
        an_iphone(creator)

        for _ in range(2):
            happened(live(creator, visibility))
            relay()
            relay()

        assert run_queued().count("push.bulk.send_chunk") >= 2
        pushes = [push for provider in wired for push in provider.sent]
        assert {push.installation_id for push in pushes} == devices
        assert len(pushes) == 2
        assert pushes[0].message.title == "Creator is live"
        assert the_notice("live:b").counters == {"accepted": 2, "muted": 0, "opened": 0}
        assert notifications.count_unread(user_id=fan) == 1

    @pytest.mark.parametrize("visibility", ["private", "unlisted"])
    def test_is_announced_to_nobody_where_it_is_not_for_followers(self, visibility: str) -> None:
        happened(live(a_person("creator"), visibility))

        assert len(NoticeEvent.objects) == 0

    def test_is_pushed_no_more_once_it_is_over(self, wired: list[Memory]) -> None:
        creator, fan = a_person("creator"), a_person("fan")
        accounts.follow(follower_id=fan, creator_id=creator)
        an_iphone(fan)
        happened(live(creator))
        happened(
            BroadcastEnded(
                at=NOON,
                broadcast_id="b",
                creator_id=creator,
                title="Launch day",
                seconds_live=40,
                reason="creator",
            )
        )

        relay()
        run_queued()

        assert [provider.sent for provider in wired] == [[], []]
        assert the_notice("live:b").counters["expired"] == 1


class TestARecordingThatIsStored:
    def test_lies_in_the_inbox_and_is_pushed_only_where_somebody_asked_for_it(
        self, wired: list[Memory]
    ) -> None:
        creator, fan, keen = a_person("creator"), a_person("fan"), a_person("keen")
        for follower in (fan, keen):
            accounts.follow(follower_id=follower, creator_id=creator)
            an_iphone(follower)
        keen_on_it = {"video_published": Channels(push=True, inapp=True)}
        notifications.set_preferences(user_id=keen, wishes=Wishes(types=keen_on_it))

        happened(stored(creator))
        relay()
        run_queued()

        [item] = notifications.list_inbox(user_id=fan, page=PageRequest()).items
        assert (item.type, item.title) == ("video_published", "New video from Creator")
        assert item.payload == {"recording_id": "r", "creator_id": creator}
        assert sum(len(provider.sent) for provider in wired) == 1

    def test_is_announced_to_nobody_where_it_is_private(self) -> None:
        happened(stored(a_person("creator"), visibility="private"))

        assert len(NoticeEvent.objects) == 0


class TestABroadcastThatEndsSoon:
    def test_tells_its_creator_once_and_when(self, wired: list[Memory]) -> None:
        an_iphone("ada")
        expiring = BroadcastExpiring(
            at=NOON,
            broadcast_id="b",
            creator_id="ada",
            title="Launch",
            ends_at=(NOON + timedelta(minutes=5)).isoformat(),
            reason="quota",
        )

        for _ in range(2):
            happened(expiring)
        relay()

        assert run_queued() == ["push.urgent.send"]
        [push] = [push for provider in wired for push in provider.sent]
        assert push.message.title == "Your broadcast ends soon"
        assert push.message.body == "Launch ends at 12:05 UTC."
        assert push.message.data["reason"] == "quota"


class TestAnUpload:
    def test_tells_its_creator_that_it_is_published(self, wired: list[Memory]) -> None:
        an_iphone("ada")
        published = UploadPublished(
            at=NOON,
            upload_id="u",
            recording_id="r",
            creator_id="ada",
            video_id="v",
            title="Launch",
        )

        happened(published)
        relay()

        assert run_queued() == ["push.urgent.send"]
        [push] = [push for provider in wired for push in provider.sent]
        assert (push.message.title, push.message.body) == ("Your video is on YouTube", "Launch")
        assert push.message.data["video_id"] == "v"

    def test_tells_its_creator_that_it_failed(self) -> None:
        failed = UploadFailed(
            at=NOON, upload_id="u", recording_id="r", creator_id="ada", title="Launch", code="gone"
        )

        happened(failed)
        happened(failed)

        [item] = notifications.list_inbox(user_id="ada", page=PageRequest()).items
        assert (item.type, item.payload["code"]) == ("upload_failed", "gone")

    def test_asks_for_a_new_connection_each_time_one_is_lost(self) -> None:
        for _ in range(2):
            happened(ConnectionLost(at=NOON, user_id="ada", channel_title="Ada's"))

        items = notifications.list_inbox(user_id="ada", page=PageRequest()).items
        assert [item.type for item in items] == ["youtube_reconnect"] * 2


class TestReconcile:
    def test_queues_again_what_lost_its_task(self, wired: list[Memory]) -> None:
        creator, fan = a_person("creator"), a_person("fan")
        accounts.follow(follower_id=fan, creator_id=creator)
        an_iphone(fan)
        happened(live(creator))
        happened(ConnectionLost(at=NOON, user_id=fan, channel_title="Fan's"))
        NoticeEvent.objects.update(set__asked_at=timezone.now() - timedelta(minutes=2))

        tasks.reconcile()

        assert sorted(run_queued()) == [
            "push.bulk.plan",
            "push.bulk.send_chunk",
            "push.urgent.send",
        ]
        assert sum(len(provider.sent) for provider in wired) == 2

    def test_leaves_alone_what_goes_well(self) -> None:
        happened(ConnectionLost(at=NOON, user_id="ada", channel_title="Ada's"))

        tasks.reconcile()

        assert queued() == []


def live(creator: str, visibility: str = "public") -> BroadcastLive:
    return BroadcastLive(
        at=NOON,
        broadcast_id="b",
        creator_id=creator,
        title="Launch day",
        visibility=visibility,
        session_epoch=1,
    )


def stored(creator: str, *, visibility: str = "public") -> RecordingStored:
    return RecordingStored(
        at=NOON,
        recording_id="r",
        broadcast_id="b",
        creator_id=creator,
        title="Launch day",
        visibility=visibility,
        duration_s=40.0,
        size_bytes=1_000_000,
    )


def relay() -> None:
    """Bring every announcement of a notice home, as relay and consumer do."""
    for notice in NoticeEvent.objects:
        for envelope in notice.outbox:
            happened(NoticeRequested.read(envelope))


def the_notice(key: str) -> NoticeSummary:
    found = notifications.find_notice(key=key)
    assert found is not None
    return found

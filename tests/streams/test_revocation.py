"""A player that runs is refused soon after its viewer's right ended; and asking costs little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.test import Client
from django_redis import get_redis_connection
from pymongo import monitoring
from typing_extensions import override

from apps.accounts import public as accounts
from apps.accounts.events import CreatorUnfollowed
from apps.accounts.models import User
from apps.streams import subscribers
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.events import BroadcastEnded
from apps.streams.services.verdicts import LASTS_S
from tests.accounts.builders import Caller, bearer
from tests.conftest import NOON
from tests.gateway.builders import REFUSED_PORT, caches_with
from tests.streams.calls import go_live, problem
from tests.streams.stages import OnEmbedded
from tests.streams.test_playback import stage as stage

pytestmark = pytest.mark.django_db

ALLOWED_S = 60


class Player:
    """What a viewer's phone does with an address it was given."""

    def __init__(self, viewer: Caller, broadcast_id: str) -> None:
        answer = viewer.send("GET", f"broadcasts/{broadcast_id}/playback")
        assert answer.status_code == 200, answer.content
        self.url: str = answer.json()["url"]

    def ask(self, name: str = "index.m3u8") -> Any:
        return Client().get(self.url.rpartition("/")[0] + f"/{name}")


class Asked(monitoring.CommandListener):
    """Counts what the document server is asked."""

    def __init__(self) -> None:
        self.count = 0

    @override
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.count += 1

    @override
    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    @override
    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


ASKED: Final = Asked()
monitoring.register(ASKED)  # before the first client is made: later ones are not heard


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def eve() -> Caller:
    return Caller("eve")


@pytest.fixture
def live(ada: Caller, eve: Caller, stage: OnEmbedded) -> str:
    """A broadcast for followers, of whom Eve is one."""
    accounts.follow(follower_id=eve.id, creator_id=ada.id)
    broadcast_id = go_live(ada, visibility="followers").broadcast_id
    stage.go_on_air(broadcast_id, segments=2)
    return broadcast_id


def after_verdicts_ended() -> None:
    """Take away what Redis would have dropped by itself, within the time allowed."""
    redis = get_redis_connection("default")
    for key in redis.scan_iter("*watch:0*"):
        assert 0 < redis.ttl(key) <= LASTS_S < ALLOWED_S / 2
        redis.delete(key)


def block(ada: Caller, eve: Caller) -> None:
    accounts.block(by=ada.id, user_id=eve.id)


def be_blocked(ada: Caller, eve: Caller) -> None:
    accounts.block(by=eve.id, user_id=ada.id)


def unfollow(ada: Caller, eve: Caller) -> None:
    accounts.unfollow(follower_id=eve.id, creator_id=ada.id)


def hide(ada: Caller, eve: Caller) -> None:
    Broadcast.objects.update(set__visibility="private")


def remove(ada: Caller, eve: Caller) -> None:
    Broadcast.objects.update(set__state="removed")


def delete(ada: Caller, eve: Caller) -> None:
    Broadcast.objects.delete()


def suspend_viewer(ada: Caller, eve: Caller) -> None:
    User.objects.filter(pk=eve.id).update(is_active=False)


def suspend_creator(ada: Caller, eve: Caller) -> None:
    User.objects.filter(pk=ada.id).update(is_active=False)


def sign_out(ada: Caller, eve: Caller) -> None:
    eve.client.delete("/api/v1/auth/app/v1/auth/session", headers=bearer(eve.token))


def change_password(ada: Caller, eve: Caller) -> None:
    user = User.objects.get(pk=eve.id)
    user.set_password("another-horse-battery")
    user.save()


REVOCATIONS = [
    *(block, be_blocked, unfollow, hide, remove, delete),
    *(suspend_viewer, suspend_creator, sign_out, change_password),
]


class TestAddressOfASegment:
    @pytest.mark.parametrize("revoke", REVOCATIONS, ids=lambda one: one.__name__)
    def test_is_refused_within_the_life_of_a_verdict(
        self, ada: Caller, eve: Caller, live: str, revoke: Callable[[Caller, Caller], None]
    ) -> None:
        (first, _) = eve.send("GET", f"broadcasts/{live}/segments").json()["items"]
        assert Client().get(first["url"]).status_code == 200

        revoke(ada, eve)
        after_verdicts_ended()

        assert problem(Client().get(first["url"])) == (403, "playback-refused")


def test_a_buckets_address_and_a_verdict_are_over_in_time(settings: Any) -> None:
    assert LASTS_S + settings.MEDIA_SIGNED_S <= ALLOWED_S


class TestPlayer:
    @pytest.mark.parametrize("revoke", REVOCATIONS, ids=lambda one: one.__name__)
    @pytest.mark.parametrize("name", ["index.m3u8", "1_0.m4s"])
    def test_is_refused_within_the_life_of_a_verdict(
        self,
        ada: Caller,
        eve: Caller,
        live: str,
        revoke: Callable[[Caller, Caller], None],
        name: str,
    ) -> None:
        player = Player(eve, live)
        assert player.ask(name).status_code == 200

        revoke(ada, eve)
        after_verdicts_ended()

        assert problem(player.ask(name)) == (403, "playback-refused")

    def test_of_one_viewer_stops_for_that_viewer_only(
        self, ada: Caller, eve: Caller, live: str
    ) -> None:
        bob = Caller("bob")
        accounts.follow(follower_id=bob.id, creator_id=ada.id)
        players = [Player(eve, live), Player(bob, live), Player(ada, live)]

        block(ada, eve)
        after_verdicts_ended()

        assert [player.ask().status_code for player in players] == [403, 200, 200]

    def test_of_what_was_removed_stops_for_its_creator_too(self, ada: Caller, live: str) -> None:
        player = Player(ada, live)

        remove(ada, ada)
        after_verdicts_ended()

        assert player.ask().status_code == 403

    def test_stops_at_once_where_its_creator_hides_it(
        self, ada: Caller, eve: Caller, live: str
    ) -> None:
        player = Player(eve, live)
        assert player.ask().status_code == 200

        ada.send("PATCH", f"broadcasts/{live}", {"visibility": "private"})

        assert player.ask().status_code == 403

    def test_of_an_unfollower_stops_at_once(self, ada: Caller, eve: Caller, live: str) -> None:
        player = Player(eve, live)
        assert player.ask().status_code == 200

        unfollow(ada, eve)
        subscribers.ask_players_again(
            CreatorUnfollowed(at=NOON, creator_id=ada.id, follower_id=eve.id)
        )

        assert player.ask().status_code == 403

    def test_learns_of_the_end_at_once(self, ada: Caller, eve: Caller, live: str) -> None:
        player = Player(eve, live)
        assert b"ENDLIST" not in player.ask().content

        ada.send("POST", f"broadcasts/{live}/end")
        ended = BroadcastEnded(
            at=NOON,
            broadcast_id=live,
            creator_id=ada.id,
            title="Launch",
            seconds_live=1,
            reason="creator",
        )
        subscribers.end_playlists(ended)

        assert b"ENDLIST" in player.ask().content

    def test_asks_documents_and_accounts_once_in_a_while_only(
        self, eve: Caller, live: str, django_assert_num_queries: Any
    ) -> None:
        player = Player(eve, live)
        before = ASKED.count
        player.ask()
        once = ASKED.count

        with django_assert_num_queries(0):
            answers = [player.ask(name).status_code for name in ("index.m3u8", "1_0.m4s") * 20]

        assert set(answers) == {200}
        assert before < once == ASKED.count

    def test_goes_on_while_redis_is_away(self, eve: Caller, live: str, settings: Any) -> None:
        player = Player(eve, live)

        settings.CACHES = caches_with("default", f"redis://127.0.0.1:{REFUSED_PORT}/0")

        assert player.ask().status_code == 200

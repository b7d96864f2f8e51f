"""What a person or a clock can make happen to accounts, over the real stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import IntegrityError, transaction

from apps.accounts import public as accounts
from apps.accounts import services, tasks
from apps.accounts.contracts import Followed
from apps.accounts.documents import Block, Follow, Profile
from apps.accounts.errors import (
    CannotBlockYourself,
    CannotFollowYourself,
    FollowRefused,
    HandleTaken,
    NotFollowing,
    PersonNotFound,
)
from apps.accounts.events import AccountCreated, CreatorFollowed
from apps.accounts.models import User
from kit.ids import new_id
from tests.accounts.builders import (
    NOON,
    PASSWORD,
    a_person,
    a_user_without_profile,
    announced,
    announced_keys,
)

pytestmark = pytest.mark.django_db


def _followed(creator_id: str, follower_id: str) -> CreatorFollowed:
    return CreatorFollowed(at=NOON, creator_id=creator_id, follower_id=follower_id)


class TestUser:
    def test_is_one_person_however_the_address_is_typed(self) -> None:
        User.objects.create_user("Ada@Example.org", PASSWORD)

        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user("ada@example.ORG", PASSWORD)

        assert User.objects.get_by_natural_key(" ADA@example.org").email == "ada@example.org"

    def test_is_refused_by_the_database_in_capitals(self) -> None:
        User.objects.create_user("ada@example.org", PASSWORD)

        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.update(email="ADA@example.org")

    def test_has_an_address(self) -> None:
        with pytest.raises(ValueError, match="e-mail"):
            User.objects.create_user("", PASSWORD)

    def test_is_staff_with_all_rights_when_made_superuser(self) -> None:
        boss = User.objects.create_superuser("boss@example.org", PASSWORD)

        assert boss.is_staff
        assert boss.has_perm("accounts.view_user")
        assert str(boss) == "boss@example.org"


class TestEnsureProfile:
    def test_makes_one_profile_and_one_event(self) -> None:
        user = a_user_without_profile("ada@example.org")

        first = services.ensure_profile(user_id=user.pk, email=user.email, now=NOON)
        again = services.ensure_profile(user_id=user.pk, email=user.email, now=NOON)

        assert first == again
        assert (first.id, first.handle, first.display_name) == (user.pk, "ada", "Ada")
        assert [AccountCreated.read(envelope) for envelope in announced(Profile)] == [
            AccountCreated(at=NOON, user_id=user.pk, handle="ada")
        ]

    def test_gives_the_second_of_a_name_another_handle(self) -> None:
        first = accounts.create_person(email="ada@example.org", password=PASSWORD)
        second = accounts.create_person(email="ada@example.com", password=PASSWORD)

        assert first.handle == "ada"
        assert second.handle == f"ada_{second.id[-3:].lower()}"

    def test_makes_one_when_many_ask_at_once(self) -> None:
        user = a_user_without_profile()

        with ThreadPoolExecutor(8) as pool:
            made = list(
                pool.map(
                    lambda _: services.ensure_profile(user_id=user.pk, email=user.email, now=NOON),
                    range(16),
                )
            )

        assert len(set(made)) == 1
        assert len(announced(Profile)) == 1


class TestGetProfile:
    def test_heals_a_person_whose_profile_is_missing(self) -> None:
        user = a_user_without_profile("lost@example.org")

        assert accounts.get_profile(user_id=user.pk).handle == "lost"

    def test_refuses_who_does_not_exist(self) -> None:
        with pytest.raises(PersonNotFound):
            accounts.get_profile(user_id=new_id())


class TestFindProfiles:
    def test_leaves_out_who_is_not_there(self) -> None:
        ada, bob = a_person("ada"), a_person("bob")

        found = accounts.find_profiles(user_ids=[ada, bob, ada, new_id()])

        assert {user_id: profile.handle for user_id, profile in found.items()} == {
            ada: "ada",
            bob: "bob",
        }
        assert accounts.find_profiles(user_ids=[]) == {}


class TestChangeProfile:
    def test_sets_what_is_given_and_keeps_the_rest(self) -> None:
        ada = a_person("ada")

        changed = accounts.change_profile(user_id=ada, changes={"display_name": "Countess"})

        assert (changed.display_name, changed.handle) == ("Countess", "ada")
        assert accounts.change_profile(user_id=ada, changes={}) == changed

    def test_refuses_a_handle_of_someone_else(self) -> None:
        ada, _bob = a_person("ada"), a_person("bob")

        with pytest.raises(HandleTaken):
            accounts.change_profile(user_id=ada, changes={"handle": "bob"})

        assert accounts.get_profile(user_id=ada).handle == "ada"


class TestFollow:
    def test_twice_is_one_edge_and_one_event(self) -> None:
        ada, bob = a_person("ada"), a_person("bob")

        accounts.follow(follower_id=bob, creator_id=ada)
        accounts.follow(follower_id=bob, creator_id=ada)

        assert [edge.follower_id for edge in accounts.list_followers(creator_id=ada, limit=9)] == [
            bob
        ]
        assert announced_keys() == ["creator.followed"]

    def test_at_once_from_many_requests_is_one_event(self) -> None:
        ada, bob = a_person("ada"), a_person("bob")

        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda _: Follow.objects.open(bob, ada, announcing=_followed(ada, bob)),
                    range(16),
                )
            )

        assert announced_keys() == ["creator.followed"]

    def test_again_after_unfollowing_starts_afresh(self) -> None:
        ada, bob = a_person("ada"), a_person("bob")
        accounts.follow(follower_id=bob, creator_id=ada)
        accounts.set_bell(follower_id=bob, creator_id=ada, bell="none")
        accounts.unfollow(follower_id=bob, creator_id=ada)

        services.follow(follower_id=bob, creator_id=ada, now=NOON)

        assert accounts.find_follow(follower_id=bob, creator_id=ada) == Followed(
            creator_id=ada, since=NOON, bell="all"
        )
        assert announced_keys() == ["creator.followed", "creator.unfollowed", "creator.followed"]

    def test_refuses_oneself_and_nobody(self) -> None:
        ada = a_person("ada")

        with pytest.raises(CannotFollowYourself):
            accounts.follow(follower_id=ada, creator_id=ada)
        with pytest.raises(PersonNotFound):
            accounts.follow(follower_id=ada, creator_id=new_id())


class TestUnfollow:
    def test_twice_is_one_event_and_of_a_stranger_none(self) -> None:
        ada, bob, eve = a_person("ada"), a_person("bob"), a_person("eve")
        accounts.follow(follower_id=bob, creator_id=ada)

        accounts.unfollow(follower_id=bob, creator_id=ada)
        accounts.unfollow(follower_id=bob, creator_id=ada)
        accounts.unfollow(follower_id=eve, creator_id=ada)

        assert not accounts.is_following(follower_id=bob, creator_id=ada)
        assert announced_keys() == ["creator.followed", "creator.unfollowed"]


class TestSetBell:
    def test_lies_on_the_edge(self) -> None:
        ada, bob = a_person("ada"), a_person("bob")
        accounts.follow(follower_id=bob, creator_id=ada)

        accounts.set_bell(follower_id=bob, creator_id=ada, bell="highlights")
        accounts.set_bell(follower_id=bob, creator_id=ada, bell="highlights")

        assert [edge.bell for edge in accounts.list_followers(creator_id=ada, limit=9)] == [
            "highlights"
        ]

    def test_needs_a_follow(self) -> None:
        ada, bob = a_person("ada"), a_person("bob")
        accounts.follow(follower_id=bob, creator_id=ada)
        accounts.unfollow(follower_id=bob, creator_id=ada)

        with pytest.raises(NotFollowing):
            accounts.set_bell(follower_id=bob, creator_id=ada, bell="all")


class TestListFollowers:
    def test_walks_an_audience_by_edge_without_loss(self) -> None:
        ada = a_person("ada")
        fans = [a_person(f"fan{number}") for number in range(5)]
        for fan in fans:
            accounts.follow(follower_id=fan, creator_id=ada)
        accounts.unfollow(follower_id=fans[2], creator_id=ada)

        seen, after = [], ""
        while page := accounts.list_followers(creator_id=ada, after=after, limit=2):
            seen += [edge.follower_id for edge in page]
            after = page[-1].edge_id

        assert seen == [fans[0], fans[1], fans[3], fans[4]]


class TestListFollowed:
    def test_tells_whom_newest_first(self) -> None:
        ada, bob, eve = a_person("ada"), a_person("bob"), a_person("eve")
        for creator in (ada, bob):
            accounts.follow(follower_id=eve, creator_id=creator)

        found = accounts.list_followed(user_id=eve)

        assert [followed.creator_id for followed in found] == [bob, ada]
        assert len(accounts.list_followed(user_id=eve, limit=1)) == 1


class TestBlock:
    def test_ends_following_both_ways_and_keeps_it_so(self) -> None:
        ada, bob = a_person("ada"), a_person("bob")
        accounts.follow(follower_id=bob, creator_id=ada)
        accounts.follow(follower_id=ada, creator_id=bob)

        accounts.block(by=ada, user_id=bob)
        accounts.block(by=ada, user_id=bob)

        assert len(Block.objects) == 1
        assert accounts.is_blocked(by=ada, user_id=bob)
        assert not accounts.is_blocked(by=bob, user_id=ada)
        for follower, creator in ((bob, ada), (ada, bob)):
            assert not accounts.is_following(follower_id=follower, creator_id=creator)
            with pytest.raises(FollowRefused):
                accounts.follow(follower_id=follower, creator_id=creator)

    def test_taken_back_lets_them_follow_again(self) -> None:
        ada, bob = a_person("ada"), a_person("bob")
        accounts.block(by=ada, user_id=bob)

        accounts.unblock(by=ada, user_id=bob)
        accounts.unblock(by=ada, user_id=bob)

        accounts.follow(follower_id=bob, creator_id=ada)
        assert accounts.is_following(follower_id=bob, creator_id=ada)

    def test_refuses_oneself_and_nobody(self) -> None:
        ada = a_person("ada")

        with pytest.raises(CannotBlockYourself):
            accounts.block(by=ada, user_id=ada)
        with pytest.raises(PersonNotFound):
            accounts.block(by=ada, user_id=new_id())

    def test_wins_against_a_follow_at_the_same_moment(self) -> None:
        ada = a_person("ada")
        fans = [a_person(f"fan{number}") for number in range(12)]

        def follow(fan: str) -> None:
            with suppress(FollowRefused):
                services.follow(follower_id=fan, creator_id=ada, now=NOON)

        with ThreadPoolExecutor(4) as pool:
            for fan in fans:
                pool.submit(follow, fan)
                pool.submit(services.block, by=ada, user_id=fan, now=NOON)

        assert len(Block.objects) == len(fans)
        assert accounts.list_followers(creator_id=ada, limit=99) == []


class TestReconcile:
    def test_makes_the_missing_profiles_once(self) -> None:
        a_person("ada")
        lost = [a_user_without_profile(f"lost{number}@example.org") for number in range(3)]

        assert services.reconcile(now=NOON) == len(lost)
        assert services.reconcile(now=NOON) == 0

        assert set(accounts.find_profiles(user_ids=[user.pk for user in lost])) == {
            user.pk for user in lost
        }

    def test_is_a_task_of_the_clock(self) -> None:
        lost = a_user_without_profile()

        tasks.reconcile()

        assert lost.pk in accounts.find_profiles(user_ids=[lost.pk])

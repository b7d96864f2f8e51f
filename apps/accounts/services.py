"""Writes. Each function is one thing a person or a clock can make happen."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Final

from mongoengine.errors import NotUniqueError

from apps.accounts import queries, rules
from apps.accounts.contracts import CreatorSummary, OwnProfile, ProfileSummary
from apps.accounts.documents import Block, Follow, Profile
from apps.accounts.errors import (
    CannotBlockYourself,
    CannotFollowYourself,
    FollowRefused,
    HandleTaken,
    NotFollowing,
)
from apps.accounts.events import AccountCreated, CreatorFollowed, CreatorUnfollowed
from apps.accounts.models import User

RECONCILE_BATCH: Final = 500


def create_person(*, email: str, password: str, now: datetime) -> ProfileSummary:
    """Store a user and their profile, as signing up through the API does.

    Raises:
        IntegrityError: the e-mail is taken.

    """
    user = User.objects.create_user(email, password)
    return ensure_profile(user_id=user.pk, email=user.email, now=now)


def ensure_profile(*, user_id: str, email: str, now: datetime) -> ProfileSummary:
    """Make the profile of a user where it is missing. Safe to repeat and to race."""
    handles = rules.wanted_handles(email, user_id)
    while (found := queries.find_profile(user_id)) is None:
        handle = next(handles)
        Profile.objects.add(
            user_id,
            announcing=AccountCreated(at=now, user_id=user_id, handle=handle),
            handle=handle,
            display_name=rules.name_from(email),
            created_at=now,
        )
    return found


def get_profile(*, user_id: str, now: datetime) -> ProfileSummary:
    """Return what others see of a person; makes the profile a lost sign-up signal left out.

    Raises:
        PersonNotFound: no such user.

    """
    found = queries.find_profile(user_id)
    if found:
        return found
    return ensure_profile(user_id=user_id, email=queries.get_email(user_id=user_id), now=now)


def get_own_profile(*, user_id: str, now: datetime) -> OwnProfile:
    """Return what a person sees of themselves.

    Raises:
        PersonNotFound: no such user.

    """
    profile = get_profile(user_id=user_id, now=now)
    return OwnProfile(**asdict(profile), email=queries.get_email(user_id=user_id))


def get_creator(*, creator_id: str, viewer_id: str, now: datetime) -> CreatorSummary:
    """Return a creator as one viewer sees them.

    Raises:
        PersonNotFound: no such user.

    """
    profile = get_profile(user_id=creator_id, now=now)
    edge = queries.find_follow(follower_id=viewer_id, creator_id=creator_id)
    return CreatorSummary(**asdict(profile), follow=edge)


def change_profile(*, user_id: str, changes: dict[str, str], now: datetime) -> OwnProfile:
    """Set handle or display name of a person.

    Raises:
        PersonNotFound: no such user.
        HandleTaken: somebody else has the handle.

    """
    get_profile(user_id=user_id, now=now)
    try:
        Profile.objects.change(user_id, **changes)
    except NotUniqueError as taken:
        raise HandleTaken(handle=changes["handle"]) from taken
    return get_own_profile(user_id=user_id, now=now)


def follow(*, follower_id: str, creator_id: str, now: datetime) -> None:
    """Follow a creator. Safe to repeat: one edge, one event.

    Raises:
        CannotFollowYourself: both are the same person.
        PersonNotFound: no such creator.
        FollowRefused: one of the two blocked the other.

    """
    if follower_id == creator_id:
        raise CannotFollowYourself
    get_profile(user_id=creator_id, now=now)
    _refuse_blocked(follower_id, creator_id)
    event = CreatorFollowed(at=now, creator_id=creator_id, follower_id=follower_id)
    if not Follow.objects.open(follower_id, creator_id, announcing=event):
        return
    try:  # again: a block may have come between the look and the write
        _refuse_blocked(follower_id, creator_id)
    except FollowRefused:
        unfollow(follower_id=follower_id, creator_id=creator_id, now=now)
        raise


def unfollow(*, follower_id: str, creator_id: str, now: datetime) -> None:
    """Stop following a creator. Safe to repeat, and for people who never did."""
    event = CreatorUnfollowed(at=now, creator_id=creator_id, follower_id=follower_id)
    Follow.objects.close(follower_id, creator_id, announcing=event)


def set_bell(*, follower_id: str, creator_id: str, bell: str) -> None:
    """Set how much a follower wants to hear of a creator: all, highlights or none.

    Raises:
        NotFollowing: there is no active edge.

    """
    if not Follow.objects.ring(follower_id, creator_id, bell=bell):
        raise NotFollowing(creator_id=creator_id)


def block(*, by: str, user_id: str, now: datetime) -> None:
    """Block a person; neither follows the other afterwards. Safe to repeat.

    Raises:
        CannotBlockYourself: both are the same person.
        PersonNotFound: no such person.

    """
    if by == user_id:
        raise CannotBlockYourself
    get_profile(user_id=user_id, now=now)
    Block.objects.add(by, user_id, now=now)
    unfollow(follower_id=user_id, creator_id=by, now=now)
    unfollow(follower_id=by, creator_id=user_id, now=now)


def unblock(*, by: str, user_id: str) -> None:
    """Take a block back. Safe to repeat."""
    Block.objects.remove(by, user_id)


def reconcile(*, now: datetime) -> int:
    """Make the profiles that a crash between SQL and MongoDB left out; return how many."""
    healed, after = 0, ""
    while people := queries.list_people(after=after, limit=RECONCILE_BATCH):
        there = queries.find_profiles(user_ids=[user_id for user_id, _ in people])
        missing = [(user_id, email) for user_id, email in people if user_id not in there]
        for user_id, email in missing:
            ensure_profile(user_id=user_id, email=email, now=now)
        healed += len(missing)
        after = people[-1][0]
    return healed


def _refuse_blocked(follower_id: str, creator_id: str) -> None:
    if queries.is_blocked(by=creator_id, user_id=follower_id) or queries.is_blocked(
        by=follower_id, user_id=creator_id
    ):
        raise FollowRefused(creator_id=creator_id)

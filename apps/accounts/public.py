"""The door of the accounts context: everyone else imports this module and no deeper.

Each function wires what is needed and makes one call.
"""

from __future__ import annotations

from django.utils import timezone

from apps.accounts import queries, services
from apps.accounts.contracts import CreatorSummary, OwnProfile, ProfileSummary

find_profiles = queries.find_profiles
list_followers = queries.list_followers
list_followed = queries.list_followed
find_follow = queries.find_follow
is_following = queries.is_following
has_permission = queries.has_permission
is_blocked = queries.is_blocked
is_signed_in = queries.is_signed_in
are_active = queries.are_active
find_active = queries.find_active
find_barred = queries.find_barred
find_followed_among = queries.find_followed_among
unblock = services.unblock


def create_person(*, email: str, password: str) -> ProfileSummary:
    return services.create_person(email=email, password=password, now=timezone.now())


def ensure_profile(*, user_id: str, email: str) -> ProfileSummary:
    return services.ensure_profile(user_id=user_id, email=email, now=timezone.now())


def get_profile(*, user_id: str) -> ProfileSummary:
    return services.get_profile(user_id=user_id, now=timezone.now())


def change_profile(*, user_id: str, changes: dict[str, str]) -> OwnProfile:
    return services.change_profile(user_id=user_id, changes=changes, now=timezone.now())


def get_own_profile(*, user_id: str) -> OwnProfile:
    return services.get_own_profile(user_id=user_id, now=timezone.now())


def get_creator(*, creator_id: str, viewer_id: str) -> CreatorSummary:
    return services.get_creator(creator_id=creator_id, viewer_id=viewer_id, now=timezone.now())


def follow(*, follower_id: str, creator_id: str) -> CreatorSummary:
    now = timezone.now()
    services.follow(follower_id=follower_id, creator_id=creator_id, now=now)
    return services.get_creator(creator_id=creator_id, viewer_id=follower_id, now=now)


def unfollow(*, follower_id: str, creator_id: str) -> None:
    services.unfollow(follower_id=follower_id, creator_id=creator_id, now=timezone.now())


def set_bell(*, follower_id: str, creator_id: str, bell: str) -> CreatorSummary:
    services.set_bell(follower_id=follower_id, creator_id=creator_id, bell=bell)
    return get_creator(creator_id=creator_id, viewer_id=follower_id)


def block(*, by: str, user_id: str) -> None:
    services.block(by=by, user_id=user_id, now=timezone.now())


def reconcile() -> int:
    return services.reconcile(now=timezone.now())

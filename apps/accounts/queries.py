"""Reads. Hot ones are projections: an object of mongoengine costs twenty times as much."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from allauth.headless.tokens.strategies.jwt.internal import (
    get_token_session,
    validate_token_user,
)

from apps.accounts.contracts import Followed, Follower, ProfileSummary
from apps.accounts.documents import Block, Follow, Profile
from apps.accounts.errors import PersonNotFound
from apps.accounts.models import User

_SUMMARY = {"handle": 1, "display_name": 1, "created_at": 1}


def find_profile(user_id: str) -> ProfileSummary | None:
    return find_profiles(user_ids=[user_id]).get(user_id)


def find_profiles(*, user_ids: Sequence[str]) -> dict[str, ProfileSummary]:
    """Return the profiles there are, by user id; who has none is left out."""
    if not user_ids:
        return {}
    rows = _rows(Profile).find({"_id": {"$in": list(set(user_ids))}}, _SUMMARY)
    return {row["_id"]: _summary(row) for row in rows}


def get_email(*, user_id: str) -> str:
    """Return a user's e-mail, for the person themselves.

    Raises:
        PersonNotFound: no such user.

    """
    email = User.objects.filter(pk=user_id).values_list("email", flat=True).first()
    if email is None:
        raise PersonNotFound(user_id=user_id)
    return email


def has_permission(*, user_id: str, permission: str) -> bool:
    """Say whether somebody who may still sign in holds a permission ("app.codename")."""
    user = User.objects.filter(pk=user_id).first()
    return user is not None and user.has_perm(permission)


def list_people(*, after: str, limit: int) -> list[tuple[str, str]]:
    """Return (id, e-mail) of users in order of id, for the reconciler."""
    rows = User.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "email")
    return list(rows[:limit])


def list_followers(*, creator_id: str, after: str = "", limit: int) -> list[Follower]:
    """Return an audience in order of edge id, past the edge `after`."""
    rows = (
        _rows(Follow)
        .find(
            {"creator_id": creator_id, "active": True, "_id": {"$gt": after}},
            {"follower_id": 1, "bell": 1},
        )
        .sort("_id", 1)
        .limit(limit)
        .batch_size(limit)  # one round trip: the default first batch is 101 rows
    )
    return [
        Follower(edge_id=row["_id"], follower_id=row["follower_id"], bell=row["bell"])
        for row in rows
    ]


def list_followed(*, user_id: str, limit: int = 500) -> list[Followed]:
    """Return whom a person follows, the newest edge first."""
    rows = (
        _rows(Follow)
        .find(
            {"follower_id": user_id, "active": True},
            {"creator_id": 1, "since": 1, "bell": 1},
        )
        .sort("_id", -1)
        .limit(limit)
        .batch_size(limit)  # one round trip: the default first batch is 101 rows
    )
    return [_followed(row) for row in rows]


def find_follow(*, follower_id: str, creator_id: str) -> Followed | None:
    row = _rows(Follow).find_one(
        {"follower_id": follower_id, "creator_id": creator_id, "active": True},
        {"creator_id": 1, "since": 1, "bell": 1},
    )
    return _followed(row) if row else None


def is_following(*, follower_id: str, creator_id: str) -> bool:
    return find_follow(follower_id=follower_id, creator_id=creator_id) is not None


def is_blocked(*, by: str, user_id: str) -> bool:
    """Say whether one person blocked another."""
    return _rows(Block).find_one({"blocker_id": by, "blocked_id": user_id}, {"_id": 1}) is not None


def find_followed_among(*, follower_id: str, creator_ids: Collection[str]) -> frozenset[str]:
    """Return those of some creators a person follows."""
    if not creator_ids:
        return frozenset()
    wanted = {"follower_id": follower_id, "creator_id": {"$in": list(creator_ids)}, "active": True}
    return frozenset(row["creator_id"] for row in _rows(Follow).find(wanted, {"creator_id": 1}))


def find_barred(*, user_id: str, others: Collection[str]) -> frozenset[str]:
    """Return those of some people who blocked a person, or whom that person blocked."""
    if not others:
        return frozenset()
    listed = {"$in": list(others)}
    either = [
        {"blocker_id": user_id, "blocked_id": listed},
        {"blocker_id": listed, "blocked_id": user_id},
    ]
    rows = _rows(Block).find({"$or": either}, {"blocker_id": 1, "blocked_id": 1})
    found = {person for row in rows for person in (row["blocker_id"], row["blocked_id"])}
    return frozenset(found - {user_id})


def are_active(user_ids: Collection[str]) -> bool:
    """Say whether each of these accounts is there and not suspended."""
    wanted = set(user_ids)
    return User.objects.filter(pk__in=wanted, is_active=True).count() == len(wanted)


def find_active(user_ids: Collection[str]) -> frozenset[str]:
    """Return those of some accounts that are there and not suspended."""
    found = User.objects.filter(pk__in=set(user_ids), is_active=True)
    return frozenset(found.values_list("pk", flat=True))


def is_signed_in(*, user_id: str, session: str) -> bool:
    """Say whether a sign-in still holds; `session` is the `sid` of its access token.

    It ends with signing out, with revoking it, with a new password, and with the account.
    """
    claims = {"sub": user_id, "sid": session}
    found = get_token_session(claims)
    return found is not None and validate_token_user(claims, found) is not None


def _rows(kind: type[Any]) -> Any:
    return kind._get_collection()  # noqa: SLF001 (mongoengine's way to the driver)


def _summary(row: dict[str, Any]) -> ProfileSummary:
    return ProfileSummary(
        id=row["_id"],
        handle=row["handle"],
        display_name=row["display_name"],
        created_at=row["created_at"],
    )


def _followed(row: dict[str, Any]) -> Followed:
    return Followed(creator_id=row["creator_id"], since=row["since"], bell=row["bell"])

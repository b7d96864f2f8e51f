"""Profile, Follow and Block, as MongoDB stores them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError
from pymongo import ReturnDocument

from apps.accounts.rules import BELLS, DEFAULT_BELL, MAX_DISPLAY_NAME_CHARS
from kit.documents import Announcing, Base, QuerySet, announce, fields
from kit.events import Event


class ProfileQuerySet(QuerySet):
    """Writes of profiles."""

    def add(self, user_id: str, *, announcing: Event, **values: Any) -> bool:
        """Insert a profile; False where the id or the handle is there already."""
        try:
            Profile(id=user_id, outbox=announce(announcing), **values).save(force_insert=True)
        except NotUniqueError:
            return False
        return True

    def change(self, user_id: str, **values: str) -> None:
        """Set some fields in one write.

        Raises:
            NotUniqueError: the handle is someone else's.

        """
        if values:
            self.filter(id=user_id).update_one(**values)


class Profile(Announcing):
    """What others see of a person; `_id` is the user's id."""

    handle = fields.StringField(required=True, max_length=30)
    display_name = fields.StringField(required=True, max_length=MAX_DISPLAY_NAME_CHARS)

    meta = {
        "collection": "profiles",
        "queryset_class": ProfileQuerySet,
        "indexes": [{"fields": ["handle"], "unique": True}],
    }


class FollowQuerySet(QuerySet):
    """One edge is one document for ever: unfollowing keeps it, so that writes stay conditional."""

    def open(self, follower_id: str, creator_id: str, *, announcing: Event) -> bool:
        """Make the edge active; False where it was."""
        return self._reopen(follower_id, creator_id, announcing) or self._insert(
            follower_id, creator_id, announcing
        )

    def close(self, follower_id: str, creator_id: str, *, announcing: Event) -> bool:
        """Make the edge inactive; False where it was or never existed."""
        return bool(
            self.filter(follower_id=follower_id, creator_id=creator_id, active=True).modify(
                set__active=False, push__outbox=announcing.envelope()
            )
        )

    def ring(self, follower_id: str, creator_id: str, *, bell: str) -> bool:
        """Set the bell of an active edge; False without one."""
        found = Follow._get_collection().find_one_and_update(  # noqa: SLF001
            {"follower_id": follower_id, "creator_id": creator_id, "active": True},
            {"$set": {"bell": bell}},
            projection={"_id": 1},
            return_document=ReturnDocument.AFTER,
        )
        return found is not None

    def _reopen(self, follower_id: str, creator_id: str, event: Event) -> bool:
        return bool(
            self.filter(follower_id=follower_id, creator_id=creator_id, active=False).modify(
                set__active=True,
                set__since=event.at,
                set__bell=DEFAULT_BELL,
                push__outbox=event.envelope(),
            )
        )

    def _insert(self, follower_id: str, creator_id: str, event: Event) -> bool:
        edge = Follow(
            follower_id=follower_id,
            creator_id=creator_id,
            since=event.at,
            outbox=announce(event),
        )
        try:
            edge.save(force_insert=True)
        except NotUniqueError:
            return False
        return True


class Follow(Announcing):
    """Who follows whom, and how loud the bell is."""

    follower_id = fields.StringField(required=True)
    creator_id = fields.StringField(required=True)
    active = fields.BooleanField(required=True, default=True)
    since = fields.DateTimeField(required=True)
    bell = fields.StringField(required=True, choices=BELLS, default=DEFAULT_BELL)

    meta = {
        "collection": "follows",
        "queryset_class": FollowQuerySet,
        "indexes": [
            {"fields": ["follower_id", "creator_id"], "unique": True},
            ["creator_id", "active", "id"],
            ["follower_id", "active", "id"],
        ],
    }


class BlockQuerySet(QuerySet):
    """Writes of blocks."""

    def add(self, by: str, user_id: str, *, now: datetime) -> None:
        """Insert a block. Safe to repeat."""
        try:
            Block(blocker_id=by, blocked_id=user_id, created_at=now).save(force_insert=True)
        except NotUniqueError:
            return

    def remove(self, by: str, user_id: str) -> None:
        self.filter(blocker_id=by, blocked_id=user_id).delete()


class Block(Base):
    """Who wants nothing to do with whom."""

    blocker_id = fields.StringField(required=True)
    blocked_id = fields.StringField(required=True)

    meta = {
        "collection": "blocks",
        "queryset_class": BlockQuerySet,
        "indexes": [{"fields": ["blocker_id", "blocked_id"], "unique": True}],
    }

"""ConsentRequest and YouTubeConnection: who let us in, and what to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError
from typing_extensions import override

from apps.social import rules
from kit.documents import Announcing, Base, QuerySet, announce, fields
from kit.events import Event
from kit.ids import new_id


class ConsentRequestQuerySet(QuerySet):
    def take(self, state_hash: str, *, now: datetime) -> ConsentRequest | None:
        """Use a request up; of two callers with one state only one gets it."""
        found: ConsentRequest | None = self.filter(
            state_hash=state_hash, is_used=False, expires_at__gt=now
        ).modify(set__is_used=True)
        return found


class ConsentRequest(Base):
    """A creator on the way to Google and back. At most one each: the newest."""

    user_id = fields.StringField(required=True)
    state_hash = fields.StringField(required=True)
    sealed_verifier = fields.StringField(required=True)
    expires_at = fields.DateTimeField(required=True)
    is_used = fields.BooleanField(required=True, default=False)
    auto_publish = fields.BooleanField(required=True)
    privacy = fields.StringField(required=True, choices=rules.PRIVACIES)

    meta = {
        "collection": "social_consent_requests",
        "queryset_class": ConsentRequestQuerySet,
        "indexes": [{"fields": ["state_hash"], "unique": True}, ["user_id"]],
    }


class YouTubeConnectionQuerySet(QuerySet):
    """`grant_id` fences: who read an older grant cannot touch a newer one."""

    def connect(self, user_id: str, **values: Any) -> None:
        """Write the one connection of a creator, in place of any before it."""
        values = {"grant_id": new_id(), "state": "active", **values}
        changes = {f"set__{name}": value for name, value in values.items()}
        if self.filter(user_id=user_id).update_one(**changes):
            return
        try:
            YouTubeConnection(user_id=user_id, **values).save(force_insert=True)
        except NotUniqueError:  # another browser of the same creator came first
            self.filter(user_id=user_id).update_one(**changes)

    def renew(self, grant_id: str, **values: Any) -> None:
        changes = {f"set__{name}": value for name, value in values.items()}
        self.filter(grant_id=grant_id, state="active").update_one(**changes)

    def lose(self, grant_id: str, *, announcing: Event) -> bool:
        return bool(
            self.filter(grant_id=grant_id, state="active").modify(
                set__state="reconnect_required", push_all__outbox=announce(announcing)
            )
        )

    def revoke(self, user_id: str) -> bool:
        """End it for us at once; the tokens stay until Google has heard of it."""
        return bool(
            self.filter(user_id=user_id, state__ne="revoked").update_one(set__state="revoked")
        )

    def forget(self, grant_id: str) -> None:
        """Drop what YouTube told us, once the consent is revoked there."""
        self.filter(grant_id=grant_id, state="revoked").update_one(
            set__sealed_access="",
            set__sealed_refresh="",
            set__channel_id="",
            set__channel_title="",
            set__scopes=[],
        )


class YouTubeConnection(Announcing):
    """state: active → reconnect_required | revoked, and back to active by a new consent."""

    user_id = fields.StringField(required=True)
    grant_id = fields.StringField(required=True)
    state = fields.StringField(required=True)
    channel_id = fields.StringField(default="")
    channel_title = fields.StringField(default="")
    sealed_access = fields.StringField(default="")
    sealed_refresh = fields.StringField(default="")
    access_expires_at = fields.DateTimeField(required=True)
    scopes = fields.ListField(fields.StringField())
    auto_publish = fields.BooleanField(required=True, default=True)
    privacy = fields.StringField(required=True, choices=rules.PRIVACIES)
    connected_at = fields.DateTimeField(required=True)

    meta = {
        "collection": "social_youtube_connections",
        "queryset_class": YouTubeConnectionQuerySet,
        "indexes": [{"fields": ["user_id"], "unique": True}, ["grant_id"], ["state"]],
    }

    @override
    def __str__(self) -> str:
        return f"{self.user_id} → {self.channel_title} ({self.state})"

"""Device, Preferences, NoticeEvent, Chunk, InboxState and Opening, as MongoDB stores them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mongoengine.errors import NotUniqueError
from pymongo import UpdateOne
from pymongo.collection import Collection

from apps.notifications.events import NoticeRequested
from kit.documents import Announcing, Base, QuerySet, announce, fields

LONG_AGO: Final = datetime.fromtimestamp(0, UTC)
_DAY_S: Final = 86_400


def rows(kind: type[Base]) -> Collection[dict[str, Any]]:
    """Return the collection itself, for projections on hot paths."""
    found: Collection[dict[str, Any]] = kind._get_collection()  # noqa: SLF001
    return found


class DeviceQuerySet(QuerySet):
    def upsert(self, installation_id: str, **values: Any) -> Device:
        """Write all of a device, whoever had the installation before."""
        changes = {f"set__{name}": value for name, value in values.items()}
        found = self.filter(id=installation_id).modify(new=True, **changes)
        if found is not None:
            return found
        try:
            Device(id=installation_id, **values).save(force_insert=True)
        except NotUniqueError:  # another request of the same phone was first
            return self.filter(id=installation_id).modify(new=True, **changes)
        return self.get(id=installation_id)

    def give_up_address(self, *, app: str, address: str, keeper: str, now: datetime) -> int:
        """Revoke an address everywhere but at its keeper, unless registered even later."""
        others = self.filter(app=app, address=address, addr_at__lte=now, id__ne=keeper)
        return others.filter(state="active").update(
            set__state="revoked", set__invalid_reason="address-moved", set__invalid_at=now
        )

    def revoke(self, installation_id: str, *, user_id: str, now: datetime) -> bool:
        return bool(
            self.filter(id=installation_id, user_id=user_id, state__ne="revoked").update(
                set__state="revoked", set__invalid_reason="signed-out", set__invalid_at=now
            )
        )

    def change_unless_registered_since(
        self, changes: Iterable[tuple[str, str, datetime, Mapping[str, Any]]]
    ) -> None:
        """Apply (device id, address, moment, fields) where that address is not newer.

        A phone may have presented the same address again after a provider called it dead.
        """
        writes = [
            UpdateOne(
                {"_id": known, "address": address, "addr_at": {"$lte": moment}},
                {"$set": dict(changed)},
            )
            for known, address, moment, changed in changes
        ]
        if writes:
            rows(Device).bulk_write(writes, ordered=False)


class Device(Base):
    """One installation of the app; `_id` is the id it gave itself, not its address."""

    user_id = fields.StringField(required=True)
    app = fields.StringField(required=True)
    platform = fields.StringField(required=True)
    provider = fields.StringField(required=True)
    kind = fields.StringField(required=True)  # apns_token | fcm_token | fcm_fid
    address = fields.StringField(required=True)
    env = fields.StringField(required=True)
    env_refused = fields.StringField(default="")  # the environment that did not know the address
    addr_at = fields.DateTimeField(required=True)  # when the app last presented the address
    seen_at = fields.DateTimeField(required=True)
    suspected_at = fields.DateTimeField(default=LONG_AGO)
    lang = fields.StringField(default="en")
    tz = fields.StringField(default="UTC")
    state = fields.StringField(default="active")  # active | invalid | revoked
    invalid_reason = fields.StringField(default="")
    invalid_at = fields.DateTimeField()

    meta = {
        "queryset_class": DeviceQuerySet,
        "indexes": [("user_id", "state"), ("app", "address")],
    }


class Preferences(Base):
    """One person's wishes; `_id` is the user id."""

    types = fields.DictField()  # {type: {push, inapp}}
    quiet_hours = fields.DictField()  # {tz, start, end} or nothing


class NoticeQuerySet(QuerySet):
    def ask(self, **values: Any) -> NoticeEvent:
        """Write a notice with its announcement, or return the one under this key."""
        notice = NoticeEvent(**values)
        asked = NoticeRequested(
            at=notice.created_at,
            notice_id=notice.id,
            type=notice.type,
            audience=notice.audience,
        )
        notice.outbox = announce(asked)
        try:
            return notice.save(force_insert=True)
        except NotUniqueError:
            return self.get(key=values["key"])

    def planned(self, notice_id: str, *, chunks: int, users: int) -> None:
        self.filter(id=notice_id, state="planning").update(
            set__state="sending", set__chunks=chunks, set__users=users
        )

    def finish(self, notice_id: str, *, counters: Mapping[str, int]) -> bool:
        return bool(
            self.filter(id=notice_id, state="sending").update(
                set__state="done", set__counters=dict(counters)
            )
        )


class NoticeEvent(Announcing):
    """Something told to an audience. To one person it is also their inbox entry."""

    key = fields.StringField(required=True, unique=True)
    type = fields.StringField(required=True)
    audience = fields.StringField(required=True)  # "followers" or a user id
    creator_id = fields.StringField(default="")
    facts = fields.DictField()
    payload = fields.DictField()
    state = fields.StringField(default="planning")  # planning | sending | done
    expires_at = fields.DateTimeField(required=True)
    asked_at = fields.DateTimeField(required=True)  # when its task was last queued
    chunks = fields.IntField(default=0)
    users = fields.IntField(default=0)
    counters = fields.DictField()
    opens = fields.IntField(default=0)

    meta = {
        "queryset_class": NoticeQuerySet,
        "indexes": [
            ("audience", "-id"),
            ("audience", "creator_id", "-id"),
            ("state", "asked_at"),
            {"fields": ["created_at"], "expireAfterSeconds": 90 * _DAY_S},
        ],
    }


class ChunkQuerySet(QuerySet):
    """Every write of a worker names its lease, so that one that lost it changes nothing."""

    def ensure(self, chunk_id: str, **values: Any) -> Chunk:
        try:
            return Chunk(id=chunk_id, **values).save(force_insert=True)
        except NotUniqueError:
            return self.get(id=chunk_id)

    def take(self, chunk_id: str, *, owner: str, now: datetime, lease: timedelta) -> Chunk | None:
        """Lease an open chunk that nobody holds and that is due."""
        found: Chunk | None = self.filter(
            id=chunk_id, state="open", lease_until__lte=now, not_before__lte=now
        ).modify(set__lease_owner=owner, set__lease_until=now + lease, inc__attempts=1, new=True)
        return found

    def put_on_wire(
        self, chunk: Chunk, installation_ids: str, *, passive: bool, until: datetime
    ) -> bool:
        """Say what is about to be sent; False where the lease is lost."""
        return bool(
            self.filter(id=chunk.id, lease_owner=chunk.lease_owner).update(
                set__on_wire=installation_ids,
                set__on_wire_passive=passive,
                set__doubtful=chunk.doubtful,
                set__lease_until=until,
            )
        )

    def settle(self, chunk: Chunk, fates: str) -> bool:
        """Keep the outcomes of what was on the wire; False where the lease is lost."""
        return bool(
            self.filter(id=chunk.id, lease_owner=chunk.lease_owner).update(
                push__outcomes=fates, set__on_wire="", set__doubtful=chunk.doubtful
            )
        )

    def release(self, chunk: Chunk, *, not_before: datetime) -> None:
        self.filter(id=chunk.id, lease_owner=chunk.lease_owner).update(
            set__lease_owner="", set__lease_until=LONG_AGO, set__not_before=not_before
        )

    def close(self, chunk: Chunk, *, counters: Mapping[str, int]) -> bool:
        return bool(
            self.filter(id=chunk.id, lease_owner=chunk.lease_owner).update(
                set__state="done", set__counters=dict(counters), set__lease_owner=""
            )
        )


class Chunk(Base):
    """A part of an audience: followers by edge range (after, upto], or user ids as listed.

    `on_wire` says which devices were handed to a provider without their outcome being known;
    after a crash exactly these are in doubt. `_id` is `{notice_id}:{n}`.
    """

    notice_id = fields.StringField(required=True)
    n = fields.IntField(required=True)
    after = fields.StringField(default="")
    upto = fields.StringField(default="")
    user_ids = fields.ListField(fields.StringField())
    size = fields.IntField(default=0)  # people
    state = fields.StringField(default="open")  # open | done
    attempts = fields.IntField(default=0)
    lease_owner = fields.StringField(default="")
    lease_until = fields.DateTimeField(default=LONG_AGO)
    not_before = fields.DateTimeField(default=LONG_AGO)
    queued_at = fields.DateTimeField(required=True)
    on_wire = fields.StringField(default="")
    on_wire_passive = fields.BooleanField(default=False)
    doubtful = fields.StringField(default="")
    outcomes = fields.ListField(fields.StringField())
    counters = fields.DictField()

    meta = {
        "queryset_class": ChunkQuerySet,
        "indexes": [
            ("notice_id", "state"),
            ("state", "queued_at"),
            {"fields": ["created_at"], "expireAfterSeconds": 30 * _DAY_S},
        ],
    }


class InboxState(Base):
    """How far somebody read; `_id` is the user id."""

    read_upto = fields.StringField(default="")


class Opening(Base):
    """One device opened one notice; `_id` is `{notice_id}:{installation_id}`."""

    meta = {"indexes": [{"fields": ["created_at"], "expireAfterSeconds": 90 * _DAY_S}]}


def insert_once(document: Base) -> bool:
    """Insert under the document's own id; False where it is there already."""
    try:
        document.save(force_insert=True)
    except NotUniqueError:
        return False
    return True

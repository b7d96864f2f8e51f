"""Devices, followers and notices for tests, named by what matters."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from typing_extensions import override

from apps.accounts.contracts import Followed, Follower
from apps.notifications.adapters.memory import Memory, MemoryAudience
from apps.notifications.contracts import FOLLOWERS, NewNotice, Outcome, Registration
from apps.notifications.documents import Chunk, Device, NoticeEvent
from apps.notifications.ports import Push
from apps.notifications.rules.sending import LEASE
from apps.notifications.services import devices, notices, sending
from kit.ids import new_id
from tests.conftest import NOON

CREATOR: Final = "01CREATOR0000000000000000A"


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(slots=True)
class Stage:
    """An audience, both providers and a clock: what sending a notice needs."""

    audience: MemoryAudience = field(default_factory=MemoryAudience)
    fcm: Memory = field(default_factory=Memory)
    apns: Memory = field(default_factory=Memory)
    clock: Clock = field(default_factory=Clock)

    def a_follower(self, *, bell: str = "all", creator: str = CREATOR) -> str:
        follower = Follower(edge_id=new_id(), follower_id=new_id(), bell=bell)
        self.audience.edges.setdefault(creator, []).append(follower)
        return follower.follower_id

    def plan(self, notice_id: str) -> list[str]:
        return list(
            notices.plan_notice(notice_id=notice_id, audience=self.audience, now=self.clock())
        )

    def send(self, chunk_id: str) -> None:
        sending.send_chunk(
            chunk_id=chunk_id,
            audience=self.audience,
            providers={"fcm": self.fcm, "apns": self.apns},
            clock=self.clock,
        )

    def deliver(self, notice_id: str) -> None:
        for chunk_id in self.plan(notice_id):
            self.send(chunk_id)

    def deliver_personal(self, notice_id: str) -> None:
        self.send(notices.plan_personal(notice_id=notice_id, now=self.clock()))

    def pushes(self) -> list[Push]:
        return [*self.fcm.sent, *self.apns.sent]


def an_apns_token(number: int = 1) -> str:
    return f"{number:064x}"


def an_fcm_token(number: int = 1) -> str:
    return f"dQw4w9WgXcQ:APA91b{number:0134d}"


def numbers() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


_numbers = numbers()


def an_iphone(user_id: str, *, address: str = "", now: datetime = NOON, **said: str) -> str:
    """Register a device reached by APNs; return its installation id."""
    return _registered(
        user_id,
        Registration(
            installation_id=said.pop("installation_id", str(uuid.uuid4())),
            platform="ios",
            address_kind="apns_token",
            address=address or an_apns_token(next(_numbers)),
            **said,
        ),
        now,
    )


def an_android(user_id: str, *, address: str = "", now: datetime = NOON, **said: str) -> str:
    """Register a device reached by FCM; return its installation id."""
    return _registered(
        user_id,
        Registration(
            installation_id=said.pop("installation_id", str(uuid.uuid4())),
            platform="android",
            address_kind="fcm_token",
            address=address or an_fcm_token(next(_numbers)),
            **said,
        ),
        now,
    )


def a_live_notice(*, key: str = "", creator: str = CREATOR, now: datetime = NOON) -> str:
    return a_notice("broadcast_live", key=key, creator=creator, now=now)


def a_notice(
    type_: str,
    *,
    key: str = "",
    creator: str = CREATOR,
    audience: str = FOLLOWERS,
    now: datetime = NOON,
) -> str:
    made = notices.request_notice(
        notice=NewNotice(
            key=key or new_id(),
            type=type_,
            audience=audience,
            creator_id=creator if audience == FOLLOWERS else "",
            facts={"creator": "Ada", "title": "Launch day"},
            payload={"broadcast_id": "01BROADCAST00000000000000A"},
        ),
        now=now,
    )
    while new_id()[:10] == made[:10]:  # ids of one millisecond are in no order
        pass
    return made


def following(creator: str = CREATOR, *, since: datetime = NOON) -> Followed:
    return Followed(creator_id=creator, since=since, bell="all")


def the_device(installation_id: str) -> Device:
    found: Device = Device.objects.get(id=installation_id)
    return found


def the_chunk(notice_id: str, number: int = 0) -> Chunk:
    found: Chunk = Chunk.objects.get(id=notices.chunk_id(notice_id, number))
    return found


def counters(notice_id: str) -> dict[str, int]:
    notice: NoticeEvent = NoticeEvent.objects.get(id=notice_id)
    return dict(notice.counters)


def _registered(user_id: str, registration: Registration, now: datetime) -> str:
    known = devices.register_device(user_id=user_id, registration=registration, now=now)
    return known.installation_id


def many_androids(user_id: str, count: int) -> list[Device]:
    """Store devices by the hundred, faster than an app could register them."""
    made = [
        Device(
            id=str(uuid.uuid4()),
            user_id=user_id,
            app="showrunner",
            platform="android",
            provider="fcm",
            kind="fcm_token",
            address=an_fcm_token(next(_numbers)),
            env="production",
            addr_at=NOON,
            seen_at=NOON,
        )
        for _ in range(count)
    ]
    Device.objects.insert(made)
    return made


@dataclass(slots=True)
class Slow(Memory):
    """A provider so slow that, during its first batch, another worker takes the chunk over."""

    stage: Stage = field(default_factory=Stage)
    chunk_id: str = ""

    @override
    def send(self, batch: Sequence[Push]) -> list[Outcome]:
        chunk_id, self.chunk_id = self.chunk_id, ""
        taken = Memory.send(self, batch)
        if chunk_id:
            self.stage.clock.forward(LEASE.total_seconds())
            self.stage.send(chunk_id)
        return taken


@dataclass(slots=True)
class SlowAudience(MemoryAudience):
    """A database so slow that, during its first answer, another worker takes the chunk over."""

    stage: Stage = field(default_factory=Stage)
    chunk_id: str = ""

    @override
    def list_followers(self, *, creator_id: str, after: str = "", limit: int) -> list[Follower]:
        chunk_id, self.chunk_id = self.chunk_id, ""
        if chunk_id:
            self.stage.clock.forward(LEASE.total_seconds())
            self.stage.send(chunk_id)
        return MemoryAudience.list_followers(self, creator_id=creator_id, after=after, limit=limit)

"""One provider on one stand-in: what the transport tests send, and what was seen."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from typing_extensions import override

from apps.notifications.adapters.apns import Apns
from apps.notifications.adapters.fcm import Fcm
from apps.notifications.adapters.memory import MemoryShelf
from apps.notifications.contracts import Outcome, Verdict
from apps.notifications.errors import ShelfDown
from apps.notifications.ports import Message, Push, PushProvider, TokenShelf
from sandbox import client
from sandbox.threaded import StandIns
from tests.notifications.builders import an_apns_token, an_fcm_token

ACCEPTED = Outcome(verdict=Verdict.ACCEPTED)
TIMEOUT_S = 2.0


@dataclass(slots=True)
class Line:
    """One provider on one stand-in, and what the stand-in saw."""

    provider: PushProvider
    url: str
    kind: str

    def push(self, count: int = 1, *, passive: bool = False) -> list[Push]:
        make = an_apns_token if self.kind == "apns_token" else an_fcm_token
        message = a_message("ios" if self.kind == "apns_token" else "android")
        return [
            Push(
                push_id=str(uuid.uuid4()),
                installation_id=str(uuid.uuid4()),
                kind=self.kind,
                address=make(number),
                env="production",
                message=message,
                passive=passive,
            )
            for number in range(1, count + 1)
        ]

    def send(self, count: int = 1, *, passive: bool = False) -> list[Outcome]:
        return self.provider.send(self.push(count, passive=passive))

    def seen(self) -> list[dict[str, Any]]:
        return [entry for entry in client.ledger(self.url) if entry["kind"] == "push"]

    def fail(self, **how: Any) -> None:
        client.fail(self.url, **{"path_prefix": "/", **how})


class NoShelf(TokenShelf):
    @override
    def find(self, name: str) -> tuple[str, int] | None:
        raise ShelfDown(why="test")

    @override
    def keep(self, name: str, token: str, *, minted_at: int, ttl_s: int) -> None:
        raise ShelfDown(why="test")

    @override
    def drop(self, name: str) -> None:
        raise ShelfDown(why="test")

    @override
    def claim(self, name: str, *, for_s: int) -> bool:
        raise ShelfDown(why="test")


def an_apns(stand_ins: StandIns, shelf: TokenShelf | None = None, **changed: Any) -> Apns:
    known = stand_ins.credentials
    options: dict[str, Any] = {
        "base_url": stand_ins.apns_url,
        "key_file": str(known.apns_key_file),
        "key_id": known.apns_key_id,
        "team_id": known.apns_team_id,
        "topic": known.apns_topic,
        "ca_file": str(stand_ins.ca_file),
        "timeout_s": TIMEOUT_S,
        "shelf": shelf or MemoryShelf(),
    }
    return Apns(**{**options, **changed})


def apns_line(stand_ins: StandIns, shelf: TokenShelf | None = None) -> Line:
    return Line(an_apns(stand_ins, shelf), stand_ins.apns_url, "apns_token")


def fcm_line(stand_ins: StandIns, shelf: TokenShelf | None = None) -> Line:
    provider = Fcm(
        base_url=stand_ins.fcm_url,
        service_account_file=str(stand_ins.credentials.fcm_service_account_file),
        ca_file=str(stand_ins.ca_file),
        timeout_s=TIMEOUT_S,
        shelf=shelf or MemoryShelf(),
    )
    return Line(provider, stand_ins.fcm_url, "fcm_token")


def a_message(platform: str) -> Message:
    return Message(
        platform=platform,
        title="Ada is live",
        body="Launch",
        data={"notice_id": "notice", "type": "broadcast_live"},
        thread_id="creator",
        collapse_id="notice",
        expires_at=datetime.now(UTC) + timedelta(minutes=10),
    )

"""The streams API as a phone calls it, and the hook as the ingest does: signed, over the URLs."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty
from typing import Any

from django.conf import settings
from django.test import Client

from kit import broker, signatures
from tests.accounts.builders import Caller
from workers.app import app

HOOK = "/hooks/ingest"


@dataclass(frozen=True, slots=True)
class Session:
    """An encoder that was let in."""

    broadcast_id: str
    key: str
    epoch: int

    @property
    def ids(self) -> dict[str, object]:
        return {"session_id": "s1", "broadcast_id": self.broadcast_id, "epoch": self.epoch}


def post_hook(body: bytes, signature: str) -> Any:
    headers = {signatures.HEADER: signature}
    return Client().post(HOOK, body, content_type="application/json", headers=headers)


def hook(told: object, *, secret: str | None = None, at: float | None = None) -> Any:
    """Post a signed call; by default with the right secret, now."""
    body = json.dumps(told).encode()
    secret = settings.STREAMS_HOOK_SECRET if secret is None else secret
    return post_hook(body, signatures.sign(secret, body, int(at or time.time())))


def tell(event: str, session: Session) -> Any:
    return hook({"event": event, **session.ids})


def open_broadcast(caller: Caller, **wanted: object) -> dict[str, Any]:
    """Create a broadcast; return the answer's body."""
    answer = caller.send("POST", "broadcasts", {"title": "Launch", **wanted})
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def let_in(key: str) -> Session:
    """Let an encoder in by its key."""
    answer = hook({"event": "publish", "session_id": "s1", "key": key, "app": "live"})
    assert answer.status_code == 200, answer.content
    granted = answer.json()
    return Session(granted["broadcast_id"], key, granted["epoch"])


def go_live(caller: Caller, **wanted: object) -> Session:
    """Create a broadcast and have its encoder show the first picture."""
    session = let_in(open_broadcast(caller, **wanted)["ingest"]["key"])
    assert tell("started", session).status_code == 200
    return session


def played(url: str) -> bytes:
    """Return the whole of what a player gets below a signed address."""
    answer: Any = Client().get(url)
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def problem(answer: Any) -> tuple[int, str]:
    """Return status and code of a refusal, which must be a problem document."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return answer.status_code, answer.json()["code"]


def errors(answer: Any) -> list[tuple[str, str]]:
    """Return field and code of each thing wrong with a request."""
    assert problem(answer) == (422, "invalid"), answer.content
    return [(wrong["field"], wrong["code"]) for wrong in answer.json()["errors"]]


def queued() -> list[tuple[str, dict[str, Any]]]:
    """Take every task that waits for the pool; return names and arguments, oldest first."""
    (own,) = [queue for queue in app.conf.task_queues if queue.name == "streams"]
    taken: list[tuple[str, dict[str, Any]]] = []
    with (
        broker.connection() as connection,
        connection.SimpleQueue(own) as queue,
        suppress(Empty),
    ):
        while True:
            message = queue.get_nowait()
            message.ack()
            taken.append((message.headers["task"], message.payload[1]))
    return taken

"""A dead letter: a message nobody could finish, in the dead queue of where it was, with why.

It keeps its body and headers as they were, so that it can be replayed; what is added are the
headers below. RabbitMQ writes letters of its own for what it hands out too often (`x-death`);
`read` understands both.
"""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from celery.utils.dispatch import Signal
from kombu import Message, Producer

from kit import broker

CODE: Final = "letter_code"
REASON: Final = "letter_reason"
TRACEBACK: Final = "letter_traceback"
TRIES: Final = "letter_tries"
AT: Final = "letter_at"
# What is said about a message, and not by it; a replay leaves these behind.
ADDED: Final = frozenset({CODE, REASON, TRACEBACK, TRIES, AT})
BROKERS: Final = frozenset(
    {
        "x-death",
        "x-delivery-count",
        "x-first-death-exchange",
        "x-first-death-queue",
        "x-first-death-reason",
        "x-last-death-exchange",
        "x-last-death-queue",
        "x-last-death-reason",
        "redelivered",
    }
)

MAX_REASON_CHARS: Final = 500
MAX_TRACEBACK_CHARS: Final = 8_000
CONFIRM_S: Final = 10.0

# Sent once the broker has a letter, with its `headers`, `queue` and `why`.
buried: Final = Signal(name="letter_buried", providing_args=["headers", "queue", "why"])


class Code(StrEnum):
    """Why a message was given up."""

    FAILED = "failed"  # an error no later try would mend
    GAVE_UP = "gave-up"  # every try of its bounded number failed
    TIMED_OUT = "timed-out"  # killed at its hard time limit
    KILLED_ITS_PROCESS = "killed-its-process"  # handed out up to the limit, never finished
    BAD_ARGUMENTS = "bad-arguments"
    UNKNOWN_TASK = "unknown-task"
    UNKNOWN_EVENT = "unknown-event"
    UNREADABLE = "unreadable"  # no JSON, or not of the expected form
    TOO_LARGE = "too-large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What a person needs to know of a failure. `tries` counts how often it was begun."""

    code: Code
    reason: str
    traceback: str = ""
    tries: int = 1

    @classmethod
    def from_failure(cls, failure: BaseException, *, code: Code, tries: int = 1) -> Why:
        said = "".join(traceback.format_exception(failure))
        return cls(
            code=code,
            reason=f"{type(failure).__name__}: {failure}",
            traceback=said,
            tries=tries,
        )

    def headers(self) -> dict[str, Any]:
        """Return what a letter carries; the end of a long traceback, as the cause stands there."""
        return {
            CODE: str(self.code),
            REASON: self.reason[:MAX_REASON_CHARS],
            TRACEBACK: self.traceback[-MAX_TRACEBACK_CHARS:],
            TRIES: self.tries,
            AT: datetime.now(UTC).isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A dead letter as it was found.

    id: the task's or event's id, or a digest of the body where it has none: the same letter found
    twice has the same id. kind: task | event | unknown. queue: where it was to be worked on.
    """

    id: str
    kind: str
    name: str
    queue: str
    why: Why
    at: datetime
    request_id: str
    body: bytes
    content_type: str
    content_encoding: str
    headers: dict[str, Any]


def bury(producer: Producer, message: Message, *, queue: str, why: Why) -> None:
    """Publish a message as a dead letter of a queue; returns once the broker has it.

    The caller acknowledges the message afterwards: a crash between the two makes a second letter
    with the same id, never none.
    """
    producer.publish(
        raw(message),
        exchange=broker.DEAD_EXCHANGE,
        routing_key=queue,
        headers={**own_headers(message.headers), **why.headers()},
        content_type=message.content_type or "application/octet-stream",
        content_encoding=message.content_encoding or "binary",
        delivery_mode=2,
        mandatory=True,
        confirm_timeout=CONFIRM_S,
        message_id=_property(message, "message_id"),
        correlation_id=_property(message, "correlation_id"),
    )
    buried.send(sender=None, headers=message.headers or {}, queue=queue, why=why)


def replay(producer: Producer, letter: Letter) -> None:
    """Hand a letter to its queue again, as it was at first; only its queue gets it.

    A task begins anew with all its tries. Returns once the broker has it.
    """
    headers = own_headers(letter.headers)
    if letter.kind == "task":
        headers["retries"] = 0
        headers["expires"] = headers["eta"] = None
        headers["sent_at"] = time.time()  # what waits from now on is the replay
    producer.publish(
        letter.body,
        exchange="",
        routing_key=letter.queue,
        headers=headers,
        content_type=letter.content_type,
        content_encoding=letter.content_encoding,
        delivery_mode=2,
        mandatory=True,
        confirm_timeout=CONFIRM_S,
        message_id=letter.id,
        correlation_id=letter.id,
    )


def read(message: Message, *, queue: str) -> Letter:
    """Read a message of a queue's dead queue. Never fails: what cannot be read is shown raw."""
    headers = dict(message.headers or {})
    body = raw(message)
    envelope = _envelope(body)
    kind, name, found_id = _what(headers, envelope)
    return Letter(
        id=found_id or hashlib.sha256(body).hexdigest()[:32],
        kind=kind,
        name=name,
        queue=queue,
        why=_why(headers),
        at=_moment(headers),
        request_id=str(headers.get("request_id") or envelope.get("request_id") or ""),
        body=body,
        content_type=message.content_type or "application/octet-stream",
        content_encoding=message.content_encoding or "binary",
        headers=headers,
    )


def is_worthless(message: Message) -> bool:
    """Say whether it only lasted longer than it was wanted: RabbitMQ buries what expires, too.

    That is a tick of the clock or a refresh that the next one overtook, and no failure.
    """
    return bool((message.headers or {}).get("x-first-death-reason") == "expired")


def raw(message: Message) -> bytes:
    """Return a message's body as it lay on the broker."""
    body: Any = message.body  # bytes from RabbitMQ, text or bytes from Redis; the stubs say text
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def own_headers(headers: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a message's headers without what brokers and earlier letters added."""
    return {
        name: value
        for name, value in (headers or {}).items()
        if name not in ADDED and name not in BROKERS
    }


def _property(message: Message, name: str) -> str | None:
    given: dict[str, Any] = message.properties
    found = given.get(name)
    return found if isinstance(found, str) else None


def _envelope(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _what(headers: Mapping[str, Any], envelope: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return kind, name and id."""
    task, task_id = headers.get("task"), headers.get("id")
    if isinstance(task, str) and isinstance(task_id, str):
        return "task", task, task_id
    key, event_id = envelope.get("key"), envelope.get("id")
    if isinstance(key, str) and isinstance(event_id, str):
        return "event", key, event_id
    return "unknown", "", ""


def _why(headers: Mapping[str, Any]) -> Why:
    if CODE in headers:
        code, tries = str(headers[CODE]), headers.get(TRIES, 1)
        return Why(
            code=Code(code) if code in set(Code) else Code.FAILED,
            reason=str(headers.get(REASON, "")),
            traceback=str(headers.get(TRACEBACK, "")),
            tries=tries if isinstance(tries, int) else 1,
        )
    return _said_by_the_broker(headers)


def _said_by_the_broker(headers: Mapping[str, Any]) -> Why:
    because = headers.get("x-first-death-reason")
    count = headers.get("x-delivery-count")
    tries = count if isinstance(count, int) else 0
    if because == "delivery_limit":
        return Why(
            code=Code.KILLED_ITS_PROCESS,
            reason="It was handed out up to the delivery limit; each time the process that "
            "worked on it ended, or lost its connection, before it was done.",
            tries=tries,
        )
    return Why(code=Code.FAILED, reason=f"The broker gave it up: {because}.", tries=tries)


def _moment(headers: Mapping[str, Any]) -> datetime:
    with suppress(KeyError, TypeError, ValueError):
        return datetime.fromisoformat(headers[AT])
    deaths = headers.get("x-death")
    first = deaths[0] if isinstance(deaths, list) and deaths else {}
    died_at = first.get("time") if isinstance(first, dict) else None
    if isinstance(died_at, datetime):
        return died_at if died_at.tzinfo else died_at.replace(tzinfo=UTC)
    return datetime.now(UTC)

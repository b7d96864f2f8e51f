"""Dead letters for tests: buried on a real broker, and taken by a real undertaker."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final

from kombu import Connection

from kit import broker, letters
from kit.broker import DEAD_EXCHANGE
from kit.ids import new_id
from kit.letters import Code, Letter, Why
from kit.pages import PageRequest
from tests.conftest import NOON
from tests.services import wait_until
from workers import undertaker
from workers.amqp_broker import AmqpBroker
from workers.ledger import public as ledger
from workers.ledger.contracts import DeadLetter, Wanted
from workers.stopping import Stopping

EVERYTHING: Final = Wanted(state="")
A_BODY: Final = json.dumps([[], {"upload_id": "u1"}, {}]).encode()
WHY: Final = Why(
    code=Code.GAVE_UP,
    reason="YouTubeDown: YouTube does not answer.",
    traceback="Traceback (most recent call last):\n  …\nYouTubeDown: YouTube does not answer.\n",
    tries=9,
)


def a_letter(**more: Any) -> Letter:
    """Return a task's letter of the social pool."""
    task_id = more.pop("id", None) or new_id()
    plain: dict[str, Any] = {
        "kind": "task",
        "name": "social.upload",
        "queue": "social",
        "why": WHY,
        "at": NOON,
        "request_id": "from-the-phone",
        "body": A_BODY,
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "headers": {"task": "social.upload", "id": task_id, "retries": 8, "lang": "py"},
    }
    return Letter(id=task_id, **{**plain, **more})


def a_row(**more: Any) -> str:
    """Write a letter into the ledger; return the row's id."""
    letter = a_letter(**more)
    ledger.file_letter(letter=letter)
    [row] = ledger.list_letters(
        wanted=Wanted(state="", letter_id=letter.id, queue=letter.queue), page=PageRequest()
    ).items
    return row.id


def rows(wanted: Wanted = EVERYTHING) -> list[DeadLetter]:
    return ledger.list_letters(wanted=wanted, page=PageRequest(limit=100)).items


def publish_dead(
    connection: Connection,
    body: bytes = A_BODY,
    *,
    queue: str = "social",
    headers: Mapping[str, Any] | None = None,
    content_type: str = "application/json",
) -> None:
    """Put a message into a queue's dead queue, as `letters.bury` or the broker would."""
    opened: Any = connection.channel()
    with closing(opened) as channel:
        connection.Producer(channel, auto_declare=False).publish(
            body,
            exchange=DEAD_EXCHANGE,
            routing_key=queue,
            headers=dict(headers or {}),
            content_type=content_type,
            content_encoding="utf-8",
            delivery_mode=2,
        )


def task_headers(task_id: str, **more: Any) -> dict[str, Any]:
    """Return what a buried task carries."""
    return {"task": "social.upload", "id": task_id, "retries": 8, **WHY.headers(), **more}


def taken(connection: Connection, queue: str) -> list[tuple[bytes, dict[str, Any]]]:
    """Take every message out of a queue; return body and headers."""
    if broker.is_amqp():
        messages = list(AmqpBroker(connection).drain(queue))
        return [(letters.raw(message), dict(message.headers)) for message in messages]
    found = []
    opened: Any = connection.channel()
    with closing(opened) as channel:
        while message := channel.basic_get(queue, no_ack=True):
            found.append((letters.raw(message), dict(message.headers)))
    return found


def depth(name: str) -> int:
    return next(one.ready for one in broker.depths() if one.name == name)


@contextmanager
def an_undertaker() -> Iterator[threading.Thread]:
    """Run the undertaker until the block ends."""
    stopping = Stopping()
    with undertaker.at_work(stopping):
        [thread] = [one for one in threading.enumerate() if one.name == "undertaker"]
        yield thread
    assert not thread.is_alive()


def filed(count: int, *, within_s: float = 20) -> list[DeadLetter]:
    """Wait until the ledger holds so many rows; return them."""
    assert wait_until(lambda: len(rows()) >= count, within_s=within_s)
    found = rows()
    assert len(found) == count, found
    return found

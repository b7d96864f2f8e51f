"""Notices to every long-lived process: `tell` in one, `@heard` in all.

Over a fanout exchange and a queue of each process's own, gone with it. For what a process may
miss: who is not connected at that moment never hears it, and what lasts belongs into the
environment. A listener is a daemon thread; a broker that is away costs a process nothing.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from itertools import chain, repeat
from typing import Any, ClassVar, Final, TypeVar

import structlog
from django_redis import get_redis_connection
from kombu import Connection, Consumer, Exchange, Message, Queue
from redis.exceptions import RedisError

from kit import broker
from kit.ids import new_id

log = structlog.get_logger()

EXCHANGE: Final = Exchange("showrunner.everyone", type="fanout", durable=True)
DRAIN_S: Final = 1.0
PUBLISH_S: Final = 10.0
# How long a listener waits before it looks for a broker that is away again.
PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
ANSWERS_LAST_S: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What every process is told: plain values only. New fields need a default."""

    name: ClassVar[str]


N = TypeVar("N", bound=Notice)
Handler = Callable[[N], None]
HANDLERS: Final[dict[str, tuple[type[Notice], Handler[Any]]]] = {}


def heard(kind: type[N]) -> Callable[[Handler[N]], Handler[N]]:
    """Register what a process does on a notice. It runs in the listener's thread: be short."""

    def register(handler: Handler[N]) -> Handler[N]:
        HANDLERS[kind.name] = (kind, handler)
        return handler

    return register


def tell(notice: Notice) -> str:
    """Send a notice to every process that listens; return its id, to ask who heard it.

    Raises:
        BrokerDown: it may have reached nobody.

    """
    notice_id = new_id()
    body = json.dumps({"id": notice_id, "notice": notice.name, "facts": asdict(notice)})
    try:
        with broker.connection() as connection:
            connection.ensure_connection(max_retries=1, timeout=broker.CONNECT_S)
            connection.Producer(auto_declare=False).publish(
                body.encode(),
                exchange=EXCHANGE,
                declare=[EXCHANGE],
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=1,
                timeout=PUBLISH_S,
            )
    except broker.AWAY as down:
        raise broker.BrokerDown from down
    return notice_id


def who_heard(notice_id: str) -> set[str]:
    """Return the processes, as `role@host:pid`, that heard a notice within ANSWERS_LAST_S.

    Raises:
        RedisError: nobody can tell.

    """
    found = get_redis_connection("state").smembers(_answers(notice_id))
    return {name.decode() for name in found}


def listen(role: str) -> None:
    """Hear notices in this process from now on; returns at once. Safe to repeat, and in a fork."""
    if _Listener.pid == os.getpid():
        return
    _Listener.pid = os.getpid()
    threading.Thread(target=_Listener(role).run, name="everyone", daemon=True).start()


_later: Final[dict[str, tuple[float, Callable[[], None]]]] = {}


def do_later(name: str, function: Callable[[], None], *, in_s: float) -> None:
    """Have the listener call something once; a newer call of the same name takes its place.

    No timer thread: what waits is inherited by a forked child that listens too.
    """
    _later[name] = (time.monotonic() + in_s, function)


def forget_later(name: str) -> None:
    _later.pop(name, None)


def _do_what_is_due() -> None:
    for name, (due_at, function) in list(_later.items()):
        if due_at <= time.monotonic():
            forget_later(name)
            function()


class _Listener:
    """One process's ear: a connection of its own, made anew for as long as the process lives."""

    pid: ClassVar[int] = 0

    def __init__(self, role: str) -> None:
        self._me = f"{role}@{socket.gethostname()}:{os.getpid()}"
        self._pauses: Iterator[float] = iter(())
        self._has_said = False

    def run(self) -> None:
        self._start_over()
        while True:
            try:
                with broker.connection() as connection:
                    connection.ensure_connection(max_retries=1, timeout=broker.CONNECT_S)
                    self._listen_on(connection)
            except Exception as away:  # noqa: BLE001 (a thread that ends is one that never hears again)
                self._say("does not hear notices", error=str(away)[:200])
                time.sleep(next(self._pauses))
                _do_what_is_due()

    def _listen_on(self, connection: Connection) -> None:
        queue = Queue(
            f"everyone.{new_id()}",
            EXCHANGE,
            durable=False,
            exclusive=True,
            auto_delete=True,
            # said, as a virtual host's default may be quorum, which can be neither of these
            queue_arguments={"x-queue-type": "classic"},
        )
        channel: Any = connection.channel()
        with Consumer(channel, queues=[queue], no_ack=True, on_message=self._receive):
            log.info("hears notices", process=self._me)
            self._start_over()
            while True:
                try:
                    connection.drain_events(timeout=DRAIN_S)
                except TimeoutError:
                    if connection.heartbeat:
                        connection.heartbeat_check()
                _do_what_is_due()

    def _receive(self, message: Message) -> None:
        try:
            told = json.loads(message.body or b"")
            kind, handler = HANDLERS[told["notice"]]
            known = {field.name for field in fields(kind)}
            facts = {name: fact for name, fact in told["facts"].items() if name in known}
            handler(kind(**facts))
            self._answer(told["id"])
        except Exception as failure:  # noqa: BLE001 (one bad notice: the next may be a good one)
            log.warning("notice ignored", process=self._me, error=repr(failure)[:200])
            return
        log.info("notice heard", process=self._me, notice=kind.name, **facts)

    def _answer(self, notice_id: str) -> None:
        try:
            with get_redis_connection("state").pipeline() as pipe:
                pipe.sadd(_answers(notice_id), self._me)
                pipe.expire(_answers(notice_id), ANSWERS_LAST_S)
                pipe.execute()
        except RedisError:
            return  # what was told is done; only nobody will know

    def _start_over(self) -> None:
        self._pauses = chain(PAUSES_S, repeat(PAUSES_S[-1]))
        self._has_said = False

    def _say(self, words: str, **facts: str) -> None:
        """Log an outage once, not with every look for the broker."""
        if not self._has_said:
            log.warning(words, process=self._me, **facts)
        self._has_said = True


def _answers(notice_id: str) -> str:
    return f"everyone:{notice_id}"

"""How far each queue's workers are, told to Redis once a second and never by a task itself.

Operators see from it what an AMQP broker does not say: how many messages were begun, since when
the last of them had waited, and which workers live. What one process did not tell yet when it
died is at most a second's worth.
"""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from celery import signals
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from kit import broker

BEGUN: Final = "queues:begun"  # hash: queue → how many messages were begun, ever
LAST: Final = "queues:last"  # hash: queue → JSON [ready since, begun at] of the last one begun
WORKERS: Final = "queues:workers"  # hash: host name → JSON [shown at, [queue …]]
TOLD_EVERY_S: Final = 1.0
SHOWN_EVERY_S: Final = 10.0
SHOWN_LASTS_S: Final = 30.0
FORGOTTEN_AFTER_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What workers told of one queue; moments in seconds since 1970, None where nobody told."""

    begun: int = 0
    last_since: float | None = None
    last_begun_at: float | None = None
    workers: int | None = None


@dataclass(slots=True)
class _Untold:
    """What this process has to tell."""

    begun: dict[str, int] = field(default_factory=dict)
    last: dict[str, tuple[float, float]] = field(default_factory=dict)
    shown: dict[str, tuple[float, list[str]]] = field(default_factory=dict)


class _Teller:
    """Collects under a lock, tells in a thread of its own; one a process, made after fork."""

    def __init__(self) -> None:
        self.process_id = os.getpid()
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._untold = _Untold()
        threading.Thread(target=self._go_round, name="progress", daemon=True).start()

    def count(self, queue: str, since: float | None, now: float) -> None:
        with self._lock:
            untold = self._untold
            untold.begun[queue] = untold.begun.get(queue, 0) + 1
            if since is not None:
                untold.last[queue] = (since, now)
        if not self._wanted.is_set():
            self._wanted.set()

    def show(self, host: str, queues: list[str], now: float) -> None:
        with self._lock:
            self._untold.shown[host] = (now, queues)
        self._wanted.set()

    def tell(self) -> None:
        """Write what came together; it is lost where Redis is away, as it is only shown."""
        with self._lock:
            untold, self._untold = self._untold, _Untold()
        pipe = get_redis_connection("state").pipeline(transaction=False)
        for queue, count in untold.begun.items():
            pipe.hincrby(BEGUN, queue, count)
        for queue, last in untold.last.items():
            pipe.hset(LAST, queue, json.dumps(last))
        for host, shown in untold.shown.items():
            pipe.hset(WORKERS, host, json.dumps(shown))
        try:
            pipe.execute()
        except RedisError:
            return

    def _go_round(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            self.tell()
            time.sleep(TOLD_EVERY_S)


_made: dict[str, _Teller] = {}
_making = threading.Lock()


def _teller() -> _Teller:
    found = _made.get("teller")
    if found is not None and found.process_id == os.getpid():
        return found
    with _making:
        found = _made.get("teller")
        if found is None or found.process_id != os.getpid():
            found = _made["teller"] = _Teller()
    return found


def count_begun(queue: str, *, since: float | None) -> None:
    """Count one message that was begun; `since` is when it was ready, in seconds since 1970."""
    _teller().count(queue, since, time.time())


def count_event(context: str, envelope: dict[str, Any]) -> None:
    """Count one event that was delivered to a context."""
    try:
        since = datetime.fromisoformat(envelope["at"]).timestamp()
    except (KeyError, TypeError, ValueError):
        since = None
    count_begun(broker.event_queue(context), since=since)


def read() -> dict[str, Progress]:
    """Return what workers told, by queue.

    Raises:
        RedisError: nobody can tell.

    """
    pipe = get_redis_connection("state").pipeline(transaction=False)
    for name in (BEGUN, LAST, WORKERS):
        pipe.hgetall(name)
    pipe.exists("alive:consumer")
    begun, last, shown, is_consuming = pipe.execute()
    workers = _workers_by_queue(shown)
    names = broker.queue_names()
    for name in names:
        if is_consuming and name.startswith("events."):
            workers[name] = workers.get(name, 0) + 1
    return {name: _progress(name.encode(), begun, last, workers.get(name, 0)) for name in names}


def _progress(
    name: bytes, begun: dict[bytes, bytes], last: dict[bytes, bytes], workers: int
) -> Progress:
    since, begun_at = json.loads(last.get(name, b"[null, null]"))
    return Progress(
        begun=int(begun.get(name, 0)), last_since=since, last_begun_at=begun_at, workers=workers
    )


def _workers_by_queue(shown: dict[bytes, bytes]) -> dict[str, int]:
    found: dict[str, int] = {}
    for host, said in shown.items():
        at, queues = json.loads(said)
        silent_s = time.time() - at
        if silent_s > FORGOTTEN_AFTER_S:
            get_redis_connection("state").hdel(WORKERS, host)
        elif silent_s < SHOWN_LASTS_S:
            for queue in queues:
                found[queue] = found.get(queue, 0) + 1
    return found


_shown: dict[str, Any] = {"host": "", "queues": [], "at": 0.0}


@signals.celeryd_after_setup.connect
def know_queues(sender: str, instance: Any, **_: Any) -> None:
    _shown.update(host=sender, queues=sorted(instance.app.amqp.queues.consume_from))


@signals.heartbeat_sent.connect
def show_worker(**_: Any) -> None:
    """Celery's heartbeat beats every two seconds while the worker has its broker."""
    now = time.time()
    if _shown["host"] and now - _shown["at"] > SHOWN_EVERY_S:
        _shown["at"] = now
        _teller().show(_shown["host"], _shown["queues"], now)

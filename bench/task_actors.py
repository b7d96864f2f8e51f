"""The others of `tasks.*`: `bench.task_actors ROLE TASKS ARGUMENT…`; ours is `bench.our_worker`.

`plain` is a Celery application of a few lines with the command line of our worker; it runs in the
main thread, and does what the bench says in another. `raw-kombu` takes the messages of ours and
only acknowledges them. Neither loads Django, as plain Celery is compared in memory too.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from celery import Celery, signals
from kombu import Connection, Consumer, Exchange, Message, Queue

from bench.processes import obey
from config.settings import broker

PLAIN_QUEUE: Final = "bench.plain"
OUR_QUEUE: Final = "bench"
ENOUGH_S: Final = 110.0
# How Celery speaks to the broker and when it acknowledges: the same on both sides. The rest of
# our settings is what we made of it.
SHARED: Final = (
    "broker_url",
    "broker_transport_options",
    "broker_connection_retry_on_startup",
    "broker_connection_timeout",
    "broker_heartbeat",
    "task_create_missing_queues",
    "task_acks_late",
    "task_reject_on_worker_lost",
    "task_ignore_result",
    "worker_cancel_long_running_tasks_on_connection_loss",
    "worker_redirect_stdouts",
)


class Bench:
    """What a worker does for the bench, beside its work."""

    def __init__(self, tasks: int, queue: str) -> None:
        self._tasks, self._queue = tasks, queue
        self._done: list[float] = []
        self._consumer: Any = None
        self._is_ready = threading.Event()

    def task(self) -> Callable[[], None]:
        """Return the empty task, of which only the moment is kept."""
        keep = self._done.append

        def nothing() -> None:
            keep(time.monotonic())

        return nothing

    def be_ready(self, sender: Any, **_: Any) -> None:
        self._consumer = sender
        self._is_ready.set()

    def ready(self) -> bool:
        """Wait until the worker consumes; then let it consume nothing."""
        if not self._is_ready.wait(ENOUGH_S):
            raise SystemExit("The worker did not start.")
        self._in_its_loop("cancel_task_queue")
        return True

    def fill(self, publish: Callable[[], object]) -> float:
        """Publish the tasks of one round; return its seconds."""
        began = time.monotonic()
        for _ in range(self._tasks):
            publish()
        return time.monotonic() - began

    def take(self) -> float:
        """Empty the queue; return the seconds between the first task and the last."""
        self._done.clear()
        self._in_its_loop("add_task_queue")
        deadline = time.monotonic() + ENOUGH_S
        while len(self._done) < self._tasks:
            if time.monotonic() > deadline:
                raise SystemExit(f"{len(self._done)} of {self._tasks} tasks were done.")
            time.sleep(0.05)
        self._in_its_loop("cancel_task_queue")
        return max(self._done) - min(self._done)

    def _in_its_loop(self, change: str) -> None:
        """Let the worker's own thread change what it consumes, and wait until it has."""
        has_changed = threading.Event()

        def do() -> None:
            getattr(self._consumer, change)(self._queue)
            has_changed.set()

        self._consumer.call_soon(do)
        if not has_changed.wait(ENOUGH_S):
            raise SystemExit(f"The worker did not come to {change}.")

    def serve(self, publish: Callable[[], object]) -> None:
        """Do what the bench says, in a thread, while this process is a worker; end with it."""
        # Celery greets on the standard output, which is the bench's
        sys.stdout = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)
        signals.worker_ready.connect(self.be_ready)
        orders = {"ready": self.ready, "fill": lambda: self.fill(publish), "take": self.take}
        threading.Thread(target=_obey_until_told_no_more, args=(orders,), daemon=True).start()


def _obey_until_told_no_more(orders: dict[str, Callable[[], object]]) -> None:
    try:
        obey(orders)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def plain(tasks: str, *command: str) -> None:
    """Be a worker of a Celery application that has one task, and nothing of ours."""
    # Celery sets Django up wherever this names settings, and with them all of ours
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    app = Celery("plain")
    app.conf.update({name: broker.CELERY[name] for name in SHARED})
    app.conf.task_default_queue = PLAIN_QUEUE
    app.conf.task_queues = [
        Queue(
            PLAIN_QUEUE,
            Exchange(PLAIN_QUEUE, type="topic"),
            routing_key=PLAIN_QUEUE,
            queue_arguments={"x-queue-type": "quorum"},
        )
    ]
    bench = Bench(int(tasks), PLAIN_QUEUE)
    task = app.task(name="plain.nothing")(bench.task())
    bench.serve(task.delay)
    app.worker_main(list(command))


class RawKombu:
    def __init__(self, connection: Connection, tasks: int, prefetch: int) -> None:
        self._connection, self._tasks = connection, tasks
        self._done: list[float] = []
        self._consumer = Consumer(
            connection.channel(),
            queues=[Queue(OUR_QUEUE)],
            on_message=self._take,
            prefetch_count=prefetch,
            auto_declare=False,
        )

    def take(self) -> float:
        """Take and acknowledge the tasks of one round, and do nothing with them."""
        self._done.clear()
        deadline = time.monotonic() + ENOUGH_S
        with self._consumer:
            while len(self._done) < self._tasks:
                if time.monotonic() > deadline:
                    raise SystemExit(f"{len(self._done)} of {self._tasks} messages came.")
                with suppress(TimeoutError):
                    self._connection.drain_events(timeout=1.0)
        return max(self._done) - min(self._done)

    def _take(self, message: Message) -> None:
        message.ack()
        self._done.append(time.monotonic())


def raw_kombu(tasks: str, prefetch: str) -> None:
    with Connection(
        broker.BROKER_URL, transport_options=broker.BROKER_TRANSPORT_OPTIONS
    ) as connection:
        obey({"take": RawKombu(connection, int(tasks), int(prefetch)).take})


ROLES: Final[dict[str, Callable[..., None]]] = {"plain": plain, "raw-kombu": raw_kombu}

if __name__ == "__main__":
    role, *arguments = sys.argv[1:]
    ROLES[role](*arguments)

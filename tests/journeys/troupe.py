"""Stores and processes of the proof: some may be killed at any time, and are started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psutil
from honcho.environ import parse_procfile
from kombu import Connection
from pymongo import MongoClient

from clients.demo.clips import ROOT
from kit.broker import dead_queue, queue_names
from tests.journeys import rabbit
from tests.journeys.part import START_S, Part
from tests.journeys.proof.plan import CONTEXT_QUEUE
from tests.journeys.stage import BIN
from workers.embedded.environment import Ports, prepare

PROCESSES: Final = {
    "forks-1": "worker streams --execution prefork --concurrency 2 --name forks-1",
    "forks-2": "worker streams --execution prefork --concurrency 2 --name forks-2",
    "threads": "worker push.urgent default --execution threads --concurrency 4 --name threads",
    "relay-1": "relay",
    "relay-2": "relay",
    "consumer-1": "consumer",
    "consumer-2": "consumer",
}
FORKING: Final = ("forks-1", "forks-2")
WORKERS: Final = (*FORKING, "threads")
RELAYS: Final = ("relay-1", "relay-2")
CONSUMERS: Final = ("consumer-1", "consumer-2")
READY: Final = {
    "worker": " ready.",
    "relay": "relay ready",
    "consumer": "consumer ready",
}
LOOKS_EVERY_S: Final = 0.3
# Quorum queues recover before exchanges do: a delay that is over by then finds no way on, and is
# handed on after this much. The default is three minutes; compose.yaml sets the same.
SOON: Final = "{dead_letter_worker_publisher_confirm_timeout, 10000}"
# Where Celery's countdowns wait on RabbitMQ, one queue a bit of the delay.
DELAYS: Final = tuple(f"celery_delayed_{bit}" for bit in range(28))


class Troupe:
    """All parts of one proof, under one environment, with a supervisor that starts what ended."""

    def __init__(self, home: Path, *, broker: str, observer: str) -> None:
        self.broker = broker
        node: dict[str, Part] = {}
        prepared = prepare(home, Ports.free())
        if broker == "rabbitmq":
            node, prepared["BROKER_URL"] = rabbit.a_node(home / "rabbitmq", advanced=SOON)
        self.variables = {
            **os.environ,
            **prepared,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "DJANGO_SETTINGS_MODULE": "tests.journeys.proof.settings",
            "PROOF_OBSERVER": observer,
        }
        self.home = home
        self.kills: Counter[str] = Counter()
        self.fallen: list[str] = []  # who ended although nobody killed it, with its last words
        lines = parse_procfile((ROOT / "Procfile").read_text()).processes
        self.stores = dict(node)
        for name in ("documents", "redis"):
            port, log = int(prepared[f"{name.upper()}_PORT"]), home / "logs" / f"{name}.log"
            self.stores[name] = Part(["/bin/sh", "-c", lines[name]], self.variables, log, port)
        self.parts = {name: self.manage(name, *line.split()) for name, line in PROCESSES.items()}
        self._killed: set[str] = set()
        self._starts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)

    def manage(self, name: str, *words: str) -> Part:
        """Return `manage.py …`, not yet started."""
        log = self.home / "logs" / f"{name}.log"
        return Part([sys.executable, "manage.py", *words], self.variables, log)

    def ask(self, *words: str) -> str:
        """Return what `manage.py …` says."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(  # noqa: S603 (our own command)
            command, cwd=ROOT, env=self.variables, capture_output=True, check=False, text=True
        )
        assert done.returncode == 0, f"{words}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        for store in self.stores.values():
            store.start()
        for store in self.stores.values():
            store.wait_up()
        self.ask("broker_sync")
        self.ask("documents_sync")
        for name, part in self.parts.items():
            self._starts[name] += 1
            part.start()
        for name, part in self.parts.items():
            ready = READY[PROCESSES[name].split()[0]]
            came = part.says_more(ready, 0, within_s=START_S)
            assert came, f"{name}:\n{part.tail()}"
        self._supervisor.start()

    def end(self) -> None:
        self.dismiss()
        for store in self.stores.values():
            store.ask_to_end()
        for store in reversed(self.stores.values()):
            store.end()

    def dismiss(self) -> None:
        """Ask all processes to end; they hand back what they hold."""
        self._over.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        for part in self.parts.values():
            part.ask_to_end()
        for part in self.parts.values():
            part.end()

    def kill(self, name: str) -> bool:
        """End a process without a goodbye; False where it had not come back yet."""
        with self._lock:
            part = self.parts[name]
            if not part.is_running:
                return False
            self._killed.add(name)
            part.kill()
        self.kills[name.partition("-")[0]] += 1
        return True

    def kill_child(self, name: str, number: int) -> bool:
        """End one child of a worker without a goodbye; False where it has none."""
        with suppress(psutil.Error, ProcessLookupError):
            part = self.parts[name]
            children = psutil.Process(part.process_id).children()
            # Celery ends a worker whose children die before it takes tasks
            if children and part.said(" ready.") >= self._starts[name]:
                os.kill(children[number % len(children)].pid, signal.SIGKILL)
                self.kills["child"] += 1
                return True
        return False

    def restart(self, name: str) -> None:
        """End a store in peace and start it again, as an upgrade does."""
        store = self.stores[name]
        store.end()
        store.start()
        store.wait_up()
        self.kills[f"{name} restart"] += 1

    def outboxes(self) -> list[Any]:
        """Return what no relay took yet."""
        url = self.variables["MONGODB_URL"]
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=3_000) as client:
            rows = client.get_default_database()["proof_parcels"].find({}, {"outbox": 1})
            return [one for row in rows for one in row["outbox"]]

    def ready(self) -> dict[str, int]:
        """Return how many messages lie in each queue that has some; of Redis, what is held too."""
        own = (CONTEXT_QUEUE, dead_queue(CONTEXT_QUEUE))
        found = [*queue_names(), *own, *DELAYS]
        with Connection(self.variables["BROKER_URL"], connect_timeout=5) as connection:
            counts = {name: _count(connection, name) for name in found}
            if self.variables["BROKER_URL"].startswith("redis"):
                counts["unacked"] = _held(connection)
        return {name: count for name, count in counts.items() if count}

    def letters(self) -> list[dict[str, Any]]:
        """Return every row of the ledger of dead letters."""
        found: list[dict[str, Any]] = []
        more: list[str] = []
        while True:
            words = ("list", "--state", "any", "--limit", "100", "--json")
            page = json.loads(self.ask("dead_letters", *words, *more))
            found += page["items"]
            if page["next"] is None:
                return found
            more = ["--cursor", page["next"]]

    def _supervise(self) -> None:
        while not self._over.wait(LOOKS_EVERY_S):
            for name, part in self.parts.items():
                with self._lock:
                    if part.is_running:
                        continue
                    if name not in self._killed:
                        self.fallen.append(f"{name}:\n{part.tail()}")
                    self._killed.discard(name)
                    self._starts[name] += 1
                    part.start()


def _count(connection: Any, name: str) -> int:
    with connection.channel() as channel:
        try:
            return int(channel.queue_declare(queue=name, passive=True).message_count)
        except connection.channel_errors:
            return 0  # of no delay that long


def _held(connection: Any) -> int:
    """Return how many messages Redis keeps for who took them and did not answer for them."""
    with connection.channel() as channel:
        return int(channel.client.hlen("unacked"))


@contextmanager
def a_troupe(home: Path, *, broker: str, observer: str) -> Iterator[Troupe]:
    """Yield a troupe at work on one kind of broker (redis | rabbitmq)."""
    troupe = Troupe(home, broker=broker, observer=observer)
    try:
        troupe.start()
        yield troupe
    finally:
        troupe.end()

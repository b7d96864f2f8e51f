"""The Procfile's processes, each on its own: a test kills one and brings it back as it was."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from honcho.environ import parse_procfile
from pymongo import MongoClient
from redis import Redis
from redis.exceptions import RedisError

from clients.demo.clips import ROOT
from kit.ids import new_id
from kit.signatures import HEADER, sign
from tests.journeys import rabbit
from tests.journeys.part import START_S, Part
from tests.services import wait_until
from workers.embedded.environment import Ports, prepare

BIN: Final = Path(sys.executable).parent
# What is killed here and what must live through it; `io` is the pool that runs the clock's tasks.
STORES: Final = ("documents", "redis")
PROCESSES: Final = ("web", "io", "beat", "relay", "consumer")
PORTS: Final = {"ingest": "RTMP_PORT"}  # of those whose port is not named after them
# Who shows life only after a round over its stores: beat's sign is a task it sent and `io` ran.
SIGNS: Final = ("relay", "consumer", "undertaker", "beat")
AUTH: Final = "auth/app/v1/auth"
PHONE_WAITS_S: Final = 10.0
BACK_S: Final = 60.0  # a busy machine's patience; on a quiet one it is the promised 20 s


class Stage:
    """Stores and processes of one embedded stack, on free ports, with one environment."""

    def __init__(
        self,
        home: Path,
        changed: dict[str, str],
        more: dict[str, Part],
        processes: tuple[str, ...] = PROCESSES,
    ) -> None:
        self.home = home
        self.processes = processes
        prepared = {**prepare(home, Ports.free()), **changed}
        self.variables = {**os.environ, **prepared, "PATH": f"{BIN}:{os.environ['PATH']}"}
        self.web = prepared["PUBLIC_URL"]
        self.redis = Redis.from_url(prepared["REDIS_STATE_URL"], socket_timeout=2)
        lines = parse_procfile((ROOT / "Procfile").read_text()).processes
        self.parts: dict[str, Part] = dict(more)
        for name in (*STORES, *processes):
            port = int(prepared.get(PORTS.get(name, f"{name.upper()}_PORT"), 0))
            log = home / "logs" / f"{name}.log"
            self.parts[name] = Part(["/bin/sh", "-c", lines[name]], self.variables, log, port)

    def start(self) -> None:
        stores = [part for name, part in self.parts.items() if name not in self.processes]
        for part in stores:
            part.start()
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=self.variables, check=True, timeout=START_S)  # noqa: S603
        for part in stores:
            part.wait_up()
        for name in self.processes:
            self.parts[name].start()
        whole = wait_until(self.is_whole, within_s=START_S)
        assert whole, "\n".join(f"{name}:\n{part.tail()}" for name, part in self.parts.items())

    def end(self) -> None:
        self.redis.close()
        processes = [self.parts[name] for name in self.processes]
        stores = [part for part in self.parts.values() if part not in processes]
        for group in (processes, stores):  # what others need ends last
            for part in group:
                part.ask_to_end()
            for part in group:
                part.end()

    @contextmanager
    def without(self, name: str) -> Iterator[Part]:
        """Kill a part for the time of the block; then it answers again, at the same address."""
        part = self.parts[name]
        part.kill()
        try:
            yield part
        finally:
            part.start()
            part.wait_up()

    def bounce(self, name: str) -> None:
        """Kill a part and start it again at once."""
        part = self.parts[name]
        part.kill()
        part.start()
        part.wait_up()

    def goes_round_again(self) -> bool:
        """Say whether web, relay, consumer, beat and worker all work anew within BACK_S."""
        return wait_until(self._has_forgotten, within_s=5) and wait_until(
            self.is_whole, within_s=BACK_S
        )

    def is_whole(self) -> bool:
        try:
            shown = self.redis.exists(*(f"alive:{name}" for name in SIGNS))
        except RedisError:
            return False
        return shown == len(SIGNS) and self.is_ready()

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.web}/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def sign_in(self) -> httpx.Client:
        """Return a new person's phone; an answer later than PHONE_WAITS_S is an exception."""
        phone = httpx.Client(base_url=f"{self.web}/api/v1/", timeout=PHONE_WAITS_S)
        person = {"email": f"{new_id().lower()}@example.com", "password": secrets.token_hex()}
        phone.post(f"{AUTH}/signup", json=person).raise_for_status()
        token = phone.post(f"{AUTH}/login", json=person).json()["meta"]["access_token"]
        phone.headers["Authorization"] = f"Bearer {token}"
        return phone

    def tell(self, event: str, **facts: object) -> httpx.Response:
        """Call the hook as the ingest does."""
        body = json.dumps({"event": event, "session_id": "s1", **facts}).encode()
        signed = sign(self.variables["INGEST_HOOK_SECRET"], body, int(time.time()))
        headers = {HEADER: signed, "Content-Type": "application/json"}
        url = f"{self.web}/hooks/ingest"
        return httpx.post(url, content=body, headers=headers, timeout=PHONE_WAITS_S)

    def outboxes(self) -> list[str]:
        """Return the keys of the events that no relay took yet."""
        url = self.variables["MONGODB_URL"]
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=3_000) as client:
            database = client.get_default_database()
            return [
                event["key"]
                for name in database.list_collection_names()
                for row in database[name].find({}, {"outbox": 1})
                for event in row.get("outbox", ())
            ]

    def dead(self) -> list[str]:
        """Return the parts that are not running, each with the end of its log."""
        return [
            f"{name}:\n{part.tail()}" for name, part in self.parts.items() if not part.is_running
        ]

    def _has_forgotten(self) -> bool:
        try:
            self.redis.delete(*(f"alive:{name}" for name in SIGNS))
        except RedisError:
            return False
        return True


@contextmanager
def a_stage(
    home: Path,
    *,
    broker: str,
    changed: dict[str, str] | None = None,
    more: dict[str, Part] | None = None,
    processes: tuple[str, ...] = PROCESSES,
) -> Iterator[Stage]:
    """Yield a whole stack over one kind of broker: redis (the embedded default) or rabbitmq."""
    variables, parts = dict(changed or {}), dict(more or {})
    if broker == "rabbitmq":
        node, variables["BROKER_URL"] = rabbit.a_node(home / "rabbitmq")
        parts |= node
    stage = Stage(home, variables, parts, processes)
    try:
        stage.start()
        yield stage
    finally:
        stage.end()

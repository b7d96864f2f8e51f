"""One notice to every kind of process, on both brokers, and through the loss of either."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from apps.notifications.adapters import fcm
from clients.demo.clips import ROOT
from kit import caches, logs
from tests.journeys import rabbit
from tests.journeys.part import Part
from tests.services import BIN, documents, free_port, wait_until

LISTENS: Final = "hears notices"
DEAF: Final = "does not hear notices"
BACK_S: Final = 60.0
# Two web workers; the pool of processes is heard from its parent and from its one child.
FLEET: Final = {"web": 2, "worker": 3, "relay": 1, "consumer": 1, "beat": 1}


class Fleet:
    """Every kind of process, on a broker of its own that a test may kill."""

    def __init__(self, home: Path, broker: str, documents_url: str) -> None:
        self.carriers, url = a_broker(home, broker)
        self.variables = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
            "BROKER_URL": url,
            "MONGODB_URL": documents_url,
            "STARTUP_WAIT_S": "60",
        }
        worker = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "--concurrency=1"]
        manage = [sys.executable, "manage.py"]
        commands = {
            "web": [*manage, "web", "--port", str(free_port()), "--workers", "2"],
            "threads": [*worker, "--pool=threads", "--queues=default", "--hostname=t@%h"],
            "prefork": [*worker, "--pool=prefork", "--queues=previews", "--hostname=p@%h"],
            "relay": [*manage, "relay"],
            "consumer": [*manage, "consumer"],
            "beat": [*worker[:5], "beat", "--pidfile="],
        }
        self.parts = {
            name: Part(command, self.variables, home / f"{name}.log")
            for name, command in commands.items()
        }

    def start(self) -> None:
        for part in self.carriers:
            part.start()
        for part in self.carriers:
            part.wait_up()
        for part in self.parts.values():
            part.start()
        assert wait_until(lambda: self.listening() == sum(FLEET.values()), within_s=90), "\n".join(
            f"{name}:\n{part.tail()}" for name, part in self.parts.items()
        )

    def end(self) -> None:
        for part in (*self.parts.values(), *self.carriers):
            part.end()

    def listening(self) -> int:
        """Return how often processes began to listen, minus how often they lost the broker."""
        return sum(part.said(f'"{LISTENS}"') - part.said(DEAF) for part in self.parts.values())

    def tell(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "everyone", *words, "--json"]
        return subprocess.run(  # noqa: S603 (our own command)
            command,
            cwd=ROOT,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def a_broker(home: Path, kind: str) -> tuple[list[Part], str]:
    if kind == "rabbitmq":
        node, url = rabbit.a_node(home / "rabbitmq")
        return list(node.values()), url
    port = free_port()
    command = [str(BIN / "redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    part = Part([*command, "--save", ""], dict(os.environ), home / "redis.log", port)
    return [part], f"redis://127.0.0.1:{port}/2"


@pytest.fixture(
    scope="module", params=["redis", pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)]
)
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    home = tmp_path_factory.mktemp("fleet")
    with documents(home / "documents") as documents_url:
        fleet = Fleet(home, request.param, documents_url)
        try:
            fleet.start()
            yield fleet
        finally:
            fleet.end()


def roles(told: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """Return how many processes of each role answered."""
    assert told.returncode == 0, told.stderr
    return dict(Counter(name.partition("@")[0] for name in json.loads(told.stdout)["heard_by"]))


@pytest.mark.waits
@pytest.mark.timeout(240)
class TestEveryone:
    def test_changes_the_log_level_of_every_process_for_a_while(self, fleet: Fleet) -> None:
        beat, detail = fleet.parts["beat"], "beat: Waking up"
        said_before = beat.said(detail)

        told = fleet.tell("log-level", "DEBUG", "--for", "6s")

        assert roles(told) == FLEET
        assert said_before == 0
        assert beat.says_more(detail, 0, within_s=20)
        for name, part in fleet.parts.items():
            assert part.says_more("configured one again", 0, within_s=20), name

    def test_has_every_process_purge_its_caches(self, fleet: Fleet) -> None:
        web, purged = fleet.parts["web"], "gateway.authentication._verified"
        purged_before = web.said(purged)

        told = fleet.tell("purge-caches")

        assert roles(told) == FLEET
        assert web.said(purged) == purged_before + FLEET["web"]

    def test_hears_again_once_a_killed_broker_is_back(self, fleet: Fleet) -> None:
        carrier = fleet.carriers[-1]

        carrier.kill()
        deaf = wait_until(lambda: fleet.listening() == 0, within_s=BACK_S)
        untold = fleet.tell("purge-caches")
        carrier.start()
        carrier.wait_up()
        hears = wait_until(lambda: fleet.listening() == sum(FLEET.values()), within_s=BACK_S)

        assert deaf
        assert (untold.returncode, untold.stdout) == (1, "")
        assert "Nobody was told" in untold.stderr
        assert hears, {name: part.tail() for name, part in fleet.parts.items()}
        assert roles(fleet.tell("purge-caches")) == FLEET
        assert [name for name, part in fleet.parts.items() if not part.is_running] == []


@pytest.fixture
def _configured_level() -> Iterator[None]:
    yield
    logs.set_level(None)


@pytest.mark.usefixtures("_configured_level")
class TestLogLevel:
    def test_leaves_libraries_alone_whose_details_hold_tokens(self) -> None:
        before = logging.getLogger("httpcore").getEffectiveLevel()

        logs.set_level("DEBUG")

        assert logging.getLogger("apps.streams.services").isEnabledFor(logging.DEBUG)
        assert logging.getLogger("httpcore").getEffectiveLevel() == before

    def test_returns_to_the_configured_one(self) -> None:
        before = logging.getLogger("kit.mongo").getEffectiveLevel()
        logs.set_level("CRITICAL")

        logs.set_level(None)

        assert logging.getLogger("kit.mongo").getEffectiveLevel() == before


class TestPurge:
    def test_has_a_rotated_credential_file_read_anew(self, tmp_path: Path) -> None:
        account = tmp_path / "account.json"
        account.write_text(json.dumps({"project_id": "old"}))
        before = read(account)
        account.write_text(json.dumps({"project_id": "new"}))

        names = caches.purge()

        assert before == {"project_id": "old"}
        assert read(account) == {"project_id": "new"}
        assert "apps.notifications.adapters.fcm._read_account" in names


def read(account: Path) -> dict[str, Any]:
    return fcm._read_account(str(account))

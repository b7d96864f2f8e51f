"""compose.yaml and the Dockerfile, held against the code they start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands

from clients.demo.clips import ROOT
from tests.deploy.layouts import (
    DEPLOY,
    READ_ELSEWHERE,
    commands_named_in,
    compose,
    env_file,
    variables_read,
)
from tests.deploy.production import complaint

SERVICES: dict[str, dict[str, Any]] = compose()["services"]
OURS = {name: one for name, one in SERVICES.items() if str(one["image"]).startswith("showrunner:")}
WORKERS = {name: one for name, one in OURS.items() if "manage.py worker " in one["command"]}
GIVEN = env_file(DEPLOY / "showrunner.env.example")
# Read by compose itself, to fill in addresses and logins of the servers it starts.
OF_COMPOSE = {"POSTGRES_PASSWORD", "MONGODB_PASSWORD", "RABBITMQ_PASSWORD", "FLOWER_BASIC_AUTH"}
COMMANDS = sorted(
    {
        name
        for path in (ROOT / "compose.yaml", DEPLOY / "Dockerfile")
        for name in commands_named_in(path)
    }
)


def pools(service: dict[str, Any]) -> list[str]:
    return str(service["command"]).partition(" worker ")[2].split()


def seconds(span: str) -> int:
    assert re.fullmatch(r"\d+s", span), span
    return int(span[:-1])


def environment(service: dict[str, Any]) -> dict[str, str]:
    """Return what a process of the service finds, its references filled in."""
    written = {**GIVEN, **service["environment"]}
    return {name: re.sub(r"\$\{(\w+):\?\}", r"made-up-\1", str(v)) for name, v in written.items()}


def test_every_pool_has_one_service_that_empties_its_queue() -> None:
    served = [pool for service in WORKERS.values() for pool in pools(service)]

    assert sorted(served) == sorted(settings.WORKER_POOLS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists(command: str) -> None:
    assert command in get_commands()


@pytest.mark.parametrize("name", sorted(WORKERS))
def test_a_worker_gets_a_minute_to_hand_back_its_work(name: str) -> None:
    assert seconds(WORKERS[name]["stop_grace_period"]) >= 60


@pytest.mark.parametrize("role", ["relay", "consumer", "beat"])
def test_what_must_not_be_missing_runs_twice(role: str) -> None:
    assert OURS[role]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_image_is_pinned_to_a_version(name: str) -> None:
    tag = str(SERVICES[name]["image"]).partition(":")[2]

    assert re.match(r"v?\d+\.\d+", tag), tag


def test_the_images_of_the_build_are_pinned_and_of_the_version_we_test_on() -> None:
    bases = re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)

    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", bases[0])


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_process_is_told_what_it_needs_and_nothing_unread(name: str) -> None:
    read = variables_read()
    told = set(environment(OURS[name]))

    assert {variable for variable, is_required in read.items() if is_required} <= told
    assert told - set(read) - READ_ELSEWHERE - OF_COMPOSE == set()


def test_whoever_is_needed_first_is_a_service() -> None:
    needed = {first for one in SERVICES.values() for first in one.get("depends_on", {})}

    assert needed <= set(SERVICES)
    for first in needed - {"release"}:
        assert "test" in SERVICES[first]["healthcheck"]


@pytest.mark.waits
class TestProduction:
    def test_starts_with_these_variables(self, tmp_path: Path) -> None:
        assert complaint(environment(OURS["web"]), tmp_path) == ""

    def test_would_not_with_a_weaker_broker(self, tmp_path: Path) -> None:
        told = {**environment(OURS["web"]), "BROKER_URL": "redis://redis-state:6379/1"}

        assert "BROKER_URL: not RabbitMQ" in complaint(told, tmp_path)


def test_what_the_image_is_made_of_is_sent_to_the_build() -> None:
    let_in = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }

    assert {path for path in let_in if not (ROOT / path).exists()} == set()
    assert {"apps", "config", "gateway", "kit", "workers", "manage.py", "templates"} <= let_in
    assert not {path for path in let_in if path.startswith(("tests", "var", "sandbox"))}


def test_the_variables_of_the_build_are_complete() -> None:
    needed = {name for name, is_required in variables_read().items() if is_required}

    assert needed == set(env_file(DEPLOY / "build.env"))

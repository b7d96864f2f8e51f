"""What keeps the house in shape; each rule is a sentence of the style."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import pytest
from celery import current_app
from django.conf import settings

import apps
from clients.demo.clips import ROOT
from kit import subscriptions
from kit.errors import DomainError
from kit.management.commands.events import table
from kit.management.commands.problems import markdown
from workers.app import app
from workers.schedule import BEAT

T = TypeVar("T")

CONTEXTS = ("accounts", "streams", "previews", "social", "notifications", "moderation")
MAX_LINES = 400
OWN = ("apps", "clients", "config", "gateway", "kit", "sandbox", "workers", "bench", "tests")


def modules() -> Iterator[Path]:
    for folder in OWN:
        yield from (
            path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts
        )


def every(base: type[T]) -> Iterator[type[T]]:
    for kind in base.__subclasses__():
        yield kind
        yield from every(kind)


@pytest.fixture(scope="module", autouse=True)
def _import_everything() -> None:
    for found in pkgutil.walk_packages(apps.__path__, "apps."):
        importlib.import_module(found.name)
    importlib.import_module("workers.tasks")


def test_no_module_is_too_long() -> None:
    long = {
        str(path): n for path in modules() if (n := len(path.read_text().splitlines())) > MAX_LINES
    }

    assert long == {}


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_context_carries_its_label(context: str) -> None:
    label = importlib.import_module(f"apps.{context}").__doc__ or ""

    for line in ("Owns", "Announces", "Asks for", f"apps.{context}.public"):
        assert line in label


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_label_holds_no_code(context: str) -> None:
    body = ast.parse((ROOT / "apps" / context / "__init__.py").read_text()).body

    assert len(body) == 1


def ports() -> list[tuple[str, type]]:
    found = []
    for context in CONTEXTS:
        if importlib.util.find_spec(f"apps.{context}.ports"):
            module = importlib.import_module(f"apps.{context}.ports")
            found += [
                (context, kind)
                for _, kind in inspect.getmembers(module, inspect.isclass)
                if Protocol in kind.__bases__ and kind.__module__.startswith(module.__name__)
            ]
    return found


@pytest.mark.parametrize(
    ("context", "port"), ports(), ids=lambda value: getattr(value, "__name__", value)
)
def test_every_port_is_small_and_has_a_memory_adapter(context: str, port: type) -> None:
    methods = [name for name, _ in inspect.getmembers(port, inspect.isfunction) if name[0] != "_"]
    memory = importlib.import_module(f"apps.{context}.adapters.memory")
    adapters = [kind for _, kind in inspect.getmembers(memory, inspect.isclass)]

    assert 1 <= len(methods) <= 5
    assert any(all(hasattr(one, name) for name in methods) for one in adapters)


def test_every_task_starts_with_the_pool_it_runs_in() -> None:
    ours = [name for name in app.tasks if not name.startswith("celery.")]

    assert len(ours) > 10
    for name in ours:
        assert any(name.startswith(f"{pool}.") for pool in settings.WORKER_POOLS), name
    assert current_app.tasks is not None


def test_everything_on_the_schedule_is_a_task() -> None:
    assert {entry["task"] for entry in BEAT.values()} <= set(app.tasks)


def test_every_error_says_its_code_once() -> None:
    codes: dict[str, list[str]] = {}
    for kind in every(DomainError):
        if "code" in vars(kind) and kind.__module__.startswith(("apps.", "kit.", "gateway.")):
            codes.setdefault(kind.__dict__["code"], []).append(kind.__qualname__)

    assert {code: kinds for code, kinds in codes.items() if len(kinds) > 1} == {}


def test_the_table_of_errors_is_the_one_in_the_docs() -> None:
    assert (ROOT / "docs" / "errors.md").read_text() == markdown()


def test_whoever_is_told_exists() -> None:
    keys = {row["key"] for row in table()}

    assert {row.event.key for row in subscriptions.TABLE} <= keys

"""Alarms, their pages, and whether the commands and numbers they name exist."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from clients.demo.clips import ROOT
from kit import broker
from tests.deploy.layouts import DEPLOY, commands_named_in

RUNBOOK = ROOT / "docs" / "runbook"
SECTIONS = ("## What it means", "## Look", "## Do", "## Prevent")
GROUPS: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yml").read_text())[
    "groups"
]
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for group in GROUPS for rule in group["rules"]
}
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text())
DOCS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]
COMMANDS = sorted(
    {name for path in (*DOCS, *(ROOT / "docs").rglob("*.md")) for name in commands_named_in(path)}
)
OURS = re.compile(r"showrunner_[a-z_]+")


def code() -> str:
    """Return what the processes are made of, as one text."""
    folders = ("gateway", "kit", "workers")
    return "".join(path.read_text() for name in folders for path in (ROOT / name).rglob("*.py"))


def numbers_read() -> list[str]:
    """Return every metric of ours that an alert or a panel reads."""
    told = [rule["expr"] for rule in ALERTS.values()]
    told += [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    found = {name for text in told for name in OURS.findall(text)}
    return sorted({re.sub(r"_(bucket|sum|count)$", "", name) for name in found})


@pytest.mark.parametrize("alert", sorted(ALERTS))
class TestAlert:
    def test_leads_to_its_page(self, alert: str) -> None:
        words = "-".join(re.findall("[A-Z][a-z]+", alert)).lower()

        assert ALERTS[alert]["annotations"]["runbook_url"] == f"docs/runbook/{words}.md"
        assert f"Alarm: `{alert}`" in (RUNBOOK / f"{words}.md").read_text()

    def test_says_how_bad_it_is_and_what_is_wrong(self, alert: str) -> None:
        assert ALERTS[alert]["labels"]["severity"] in {"warning", "critical"}
        assert ALERTS[alert]["annotations"]["summary"].endswith(".")


def test_every_page_belongs_to_an_alert() -> None:
    pages = {f"docs/runbook/{path.name}" for path in RUNBOOK.glob("*.md")} - {
        "docs/runbook/README.md"
    }

    assert pages == {rule["annotations"]["runbook_url"] for rule in ALERTS.values()}


def test_the_index_names_every_page_and_alert() -> None:
    index = (RUNBOOK / "README.md").read_text()

    rows = re.findall(r"^\| `(\w+)` \| \[[^]]+\]\(([a-z-]+\.md)\) \|$", index, re.MULTILINE)
    assert {alert: f"docs/runbook/{page}" for alert, page in rows} == {
        alert: rule["annotations"]["runbook_url"] for alert, rule in ALERTS.items()
    }


@pytest.mark.parametrize("page", sorted(path.name for path in RUNBOOK.glob("*-*.md")))
def test_a_page_tells_what_it_means_how_to_look_what_to_do_and_how_to_prevent(page: str) -> None:
    text = (RUNBOOK / page).read_text()

    assert tuple(re.findall(r"^## .+$", text, re.MULTILINE)) == SECTIONS
    assert all((RUNBOOK / linked).exists() for linked in re.findall(r"\]\(([a-z-]+\.md)\)", text))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_docs_exists(command: str) -> None:
    assert command in get_commands()


@pytest.mark.parametrize("name", numbers_read())
def test_every_number_that_is_read_is_written(name: str) -> None:
    # whole, or behind the prefix where a collector puts it together
    assert re.search(rf'"({name}|{name.removeprefix("showrunner_")})"', code())


def test_a_queue_without_consumer_is_noticed_whichever_it_is() -> None:
    [names] = re.findall(r'queue=~"([^"]+)"', ALERTS["QueueHasNoConsumer"]["expr"])
    working = [name for name in broker.queue_names() if not name.startswith("dead.")]

    assert [name for name in working if not re.fullmatch(names, name)] == []

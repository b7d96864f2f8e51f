"""`manage.py events`: who tells whom, as a list, as JSON, or as the table in docs/events.md."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import MISSING, dataclass, fields
from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from kit import subscriptions
from kit.events import Event, every_event

HEADER = """# Events

Facts the contexts announce, on the topic exchange `showrunner.events` under the event's key. A
message is JSON: `id` (ULID, the same when it comes twice), `key`, `version`, `at` (ISO 8601),
`request_id`, and `data` with the fields below; one that has a default may be missing. Readers
ignore fields they do not know. This page is the output of `manage.py events --markdown`; a test
keeps it so.
"""
_BASE = frozenset(Event.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event's data: its annotation, and its default as Python writes it."""

    name: str
    type: str
    default: str


def fields_of(kind: type[Event]) -> list[Field]:
    """Return what an event carries beside the envelope."""
    return [
        Field(one.name, str(one.type), "" if one.default is MISSING else repr(one.default))
        for one in fields(kind)
        if one.name not in _BASE
    ]


def kinds() -> list[type[Event]]:
    """Return every event of the contexts, by key."""
    # by key, as `slots=True` leaves the class it was made from among the subclasses for a while
    found = {kind.key: kind for kind in every_event() if kind.__module__.startswith("apps.")}
    return [found[key] for key in sorted(found)]


def table() -> list[dict[str, Any]]:
    """Return one row an event: key, version, fields, who announces, who listens."""
    return [
        {
            "key": kind.key,
            "version": kind.version,
            "fields": [one.name for one in fields_of(kind)],
            "announced_by": kind.__module__.split(".")[1],
            "heard_by": [
                f"{row.context}.{row.handler.__name__}"
                for row in subscriptions.TABLE
                if row.event.key == kind.key
            ],
        }
        for kind in kinds()
    ]


def markdown() -> str:
    return HEADER + "".join(map(_section, kinds(), table()))


def _section(kind: type[Event], row: dict[str, Any]) -> str:
    heard = ", ".join(f"`{name}`" for name in row["heard_by"]) or "nobody"
    lines = [
        f"\n## `{row['key']}`\n",
        *_summary(kind),
        f"Announced by {row['announced_by']}, heard by {heard}.\n",
        "| field | type | default |",
        "|---|---|---|",
        *(
            f"| `{one.name}` | `{one.type}` | {f'`{one.default}`' if one.default else ''} |"
            for one in fields_of(kind)
        ),
    ]
    return "\n".join(lines).replace(" |  |", " | |") + "\n"


def _summary(kind: type[Event]) -> list[str]:
    said = (kind.__doc__ or "").strip()
    # dataclasses write a signature where there is no docstring
    is_written = said and not said.startswith(f"{kind.__name__}(")
    return [f"{said.splitlines()[0]}\n"] if is_written else []


class Command(BaseCommand):
    help = "Print every event: its fields, who announces it and who listens."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true")
        form.add_argument("--markdown", action="store_true", help="the page docs/events.md")

    @override
    def handle(self, *args: object, **options: object) -> None:
        if options["markdown"]:
            self.stdout.write(markdown(), ending="")
            return
        rows = table()
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=1))
            return
        for row in rows:
            heard = ", ".join(row["heard_by"]) or "nobody"
            self.stdout.write(f"{row['key']:<24} {row['announced_by']:<14} → {heard}")
            self.stdout.write(f"{'':<24} {', '.join(row['fields'])}")
        self.stdout.write(f"{len(rows)} events.")

"""`manage.py events`: who tells whom."""

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from typing_extensions import override

from kit import subscriptions
from kit.events import Event, every_event


def table() -> list[dict[str, object]]:
    """Return one row an event: key, version, fields, who announces, who listens."""
    kinds: dict[str, type[Event]] = {
        kind.key: kind for kind in every_event() if kind.__module__.startswith("apps.")
    }
    return [
        {
            "key": key,
            "version": kind.version,
            "fields": [name for name in kind.__dataclass_fields__ if name not in _BASE],
            "announced_by": kind.__module__.split(".")[1],
            "heard_by": [
                f"{row.context}.{row.handler.__name__}"
                for row in subscriptions.TABLE
                if row.event.key == key
            ],
        }
        for key, kind in sorted(kinds.items())
    ]


_BASE = frozenset(Event.__dataclass_fields__)


class Command(BaseCommand):
    help = "Print every event: its fields, who announces it and who listens."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    @override
    def handle(self, *args: object, **options: object) -> None:
        rows = table()
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=1))
            return
        for row in rows:
            heard = ", ".join(map(str, row["heard_by"])) or "nobody"  # type: ignore[call-overload]
            self.stdout.write(f"{row['key']:<24} {row['announced_by']:<14} → {heard}")
            self.stdout.write(f"{'':<24} {', '.join(row['fields'])}")  # type: ignore[arg-type]
        self.stdout.write(f"{len(rows)} events.")

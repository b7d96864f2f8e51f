"""`manage.py storage_janitor`: what lies in storage and no document names, and the other way."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from workers import janitor, printing
from workers.janitor import Report


class Command(BaseCommand):
    help = (
        "Find files no document names, and documents whose file is gone. A dry run unless --yes."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="remove the files nobody names")
        parser.add_argument("--json", action="store_true")

    @override
    def handle(self, *args: object, **options: Any) -> None:
        found = janitor.look(removes=options["yes"], tell=self._tell)
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found), indent=1))
        else:
            self._render(found)
        if found.missing_count:
            sys.exit(1)

    def _tell(self, so_far: Report) -> None:
        self.stderr.write(f"{so_far.files} files and {so_far.documents} names looked at")

    def _render(self, found: Report) -> None:
        for name in found.orphans:
            self.stdout.write(f"orphan   {printing.safe(name)}")
        for name in found.missing:
            self.stdout.write(f"missing  {printing.safe(name)}")
        done = f"{found.removed_count} removed" if found.removed_count else "none removed"
        self.stdout.write(
            f"{found.files} files looked at, {found.orphan_count} that nobody names "
            f"({found.orphan_bytes} bytes), {done}; {found.missing_count} missing."
        )

"""`manage.py engine_check`: what is right and wrong with the media engine, and what mends it."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from dataclasses import asdict
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from apps.streams import public as streams
from apps.streams.contracts import EngineFinding
from apps.streams.errors import EngineDown, EngineRefused

MARKS: Final = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


class Command(BaseCommand):
    help = "Look at the media engine item by item. Exit code 1: something needs a person."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--ensure",
            action="store_true",
            help="first set up what of ours is missing or different (it restarts the application "
            "where nobody publishes)",
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        if options["ensure"]:
            self._ensure()
        found = streams.check_engine()
        self.stdout.write(as_json(found) if options["json"] else as_text(found))
        if any(finding.level == "fail" for finding in found):
            sys.exit(1)

    def _ensure(self) -> None:
        try:
            changed = streams.ensure_engine()
        except (EngineDown, EngineRefused) as wrong:
            raise CommandError(str(wrong)) from wrong
        for line in changed or ["nothing to change"]:
            self.stderr.write(line)


def as_json(found: list[EngineFinding]) -> str:
    return json.dumps([asdict(finding) for finding in found], indent=2)


def as_text(found: list[EngineFinding]) -> str:
    width = max(len(finding.item) for finding in found)
    lines = []
    for finding in found:
        lines.append(f"{MARKS[finding.level]}  {finding.item.ljust(width)}  {finding.found}")
        if finding.mend:
            lines.append(f"{'':6}{'':{width}}  → {finding.mend}")
    counted = Counter(finding.level for finding in found)
    lines.append(
        f"{len(found)} items checked, {counted['warn']} to look at, {counted['fail']} wrong."
    )
    return "\n".join(lines)

"""`manage.py previews_backfill`: make what older recordings lack, slowly and in the open."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from django.core.management.base import BaseCommand, CommandError
from pymongo.errors import ConnectionFailure
from typing_extensions import override

from apps.previews import public as previews
from apps.previews import tasks
from kit.tasks import nudge

PAGE: Final = 200
AHEAD: Final = 4  # sets in the queue at once, so that a fresh one never waits for more
LOOK_S: Final = 0.5
BAR_CHARS: Final = 30


@dataclass(slots=True)
class Report:
    """Recordings looked at, and sets begun; the rest was in order."""

    seen: int = 0
    begun: int = 0
    total: int = 0


class Command(BaseCommand):
    help = (
        "Begin the sets of stored recordings that have none, or one of an older engine. Only "
        "says how many without --yes. May be stopped at any time and run again: what was done "
        "is in order and passed over. While fresh recordings wait, it waits."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="begin them; else only count")
        parser.add_argument("--per-minute", type=int, default=60, help="at most so many (60)")
        parser.add_argument("--after", default="", help="begin behind this recording's id")
        parser.add_argument("--json", action="store_true")

    @override
    def handle(self, *args: object, **options: object) -> None:
        per_minute = int(str(options["per_minute"]))
        if per_minute < 1:
            raise CommandError("--per-minute must be 1 or more.")
        report = Report()
        try:
            report.total = previews.count_stored()
            for recording_id, broadcast_id in self._stored(str(options["after"]), report):
                if options["yes"]:
                    self._begin(recording_id, broadcast_id, report, 60 / per_minute)
                else:
                    report.begun += previews.needs_backfill(recording_id=recording_id)
            if options["yes"]:
                self._wait_for_room(0, report)
        except ConnectionFailure:
            raise CommandError("The document server does not answer; run it again.") from None
        self._render(report, is_dry=not options["yes"], as_json=bool(options["json"]))

    def _stored(self, after: str, report: Report) -> Iterator[tuple[str, str]]:
        while page := previews.list_stored(after=after, limit=PAGE):
            for pair in page:
                report.seen += 1
                yield pair
            after = page[-1][0]
            self._show(report)

    def _begin(self, recording_id: str, broadcast_id: str, report: Report, pause_s: float) -> None:
        if not previews.needs_backfill(recording_id=recording_id):
            return
        self._wait_for_room(AHEAD - 1, report)
        if previews.backfill(recording_id=recording_id, broadcast_id=broadcast_id):
            nudge(tasks.make_recording_set, recording_id=recording_id)
            report.begun += 1
            time.sleep(pause_s)

    def _wait_for_room(self, most: int, report: Report) -> None:
        """Wait until at most so many of ours, and no fresh ones, are on their way."""
        while True:
            backlog = previews.count_backlog()
            self._show(report, f", {backlog.fresh} fresh ones first" if backlog.fresh else "")
            if backlog.backfill <= most and not backlog.fresh:
                return
            time.sleep(LOOK_S)

    def _show(self, report: Report, waits: str = "") -> None:
        """Draw the bar anew; into a file, only a line a page."""
        is_drawn = self.stderr.isatty()
        if not is_drawn and report.seen % PAGE:
            return
        total = max(report.total, report.seen, 1)
        bar = "█" * round(report.seen / total * BAR_CHARS)
        line = f"{bar:<{BAR_CHARS}} {report.seen}/{total} looked at, {report.begun} begun{waits}"
        self.stderr.write(f"{line:<78}", ending="\r" if is_drawn else "\n")

    def _render(self, report: Report, *, is_dry: bool, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**asdict(report), "is_dry": is_dry}))
            return
        verb = "would be begun; say --yes" if is_dry else "begun"
        self.stdout.write(f"{report.seen} recordings looked at, {report.begun} sets {verb}.")

"""`manage.py everyone`: tell every running process something, and see who heard it."""

from __future__ import annotations

import json
import re
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError
from typing_extensions import override

from kit.broker import BrokerDown
from kit.everyone import Notice, tell, who_heard
from kit.notices import LogLevel, PurgeCaches

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
UNITS_S: Final = {"s": 1, "m": 60, "h": 3_600}


def span_s(text: str) -> float:
    """Read a span as `90s`, `10m` or `1h`; return seconds."""
    found = re.fullmatch(r"([1-9]\d{0,4})([smh])", text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no span: write 90s, 10m or 1h")
    return float(int(found[1]) * UNITS_S[found[2]])


class Command(BaseCommand):
    help = "Tell every running process something: web, workers, relay, consumer, beat."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        shared = ArgumentParser(add_help=False)
        shared.add_argument("--wait", type=span_s, default="3s", help="for answers, as 3s")
        shared.add_argument("--json", action="store_true")
        notices = parser.add_subparsers(dest="notice", required=True)
        level = notices.add_parser(LogLevel.name, parents=[shared], help="of our own code's logs")
        level.add_argument("level", choices=LEVELS)
        level.add_argument(
            "--for", dest="for_s", type=span_s, default=0.0, help="then back, as 10m"
        )
        notices.add_parser(PurgeCaches.name, parents=[shared], help="credential files, tokens")

    @override
    def handle(self, *args: object, **options: Any) -> None:
        notice: Notice = PurgeCaches()
        if options["notice"] == LogLevel.name:
            notice = LogLevel(level=options["level"], for_s=options["for_s"])
        try:
            processes = self._processes(tell(notice), options["wait"])
        except BrokerDown as down:
            raise CommandError(f"{down} Nobody was told.") from down
        except RedisError as away:
            raise CommandError(f"It was told; Redis cannot say who heard it: {away}") from away
        self._render(processes, as_json=options["json"])

    def _processes(self, notice_id: str, wait_s: float) -> list[str]:
        """Wait out the time, as nobody knows how many processes there are."""
        time.sleep(wait_s)
        return sorted(who_heard(notice_id))

    def _render(self, processes: list[str], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"heard_by": processes}))
        else:
            for process in processes:
                self.stdout.write(process)
            self.stdout.write(f"{len(processes)} processes heard it.")
        if not processes:
            sys.exit(1)

"""`manage.py queues`: what waits, for how long, who works on it, what was given up."""

from __future__ import annotations

import sys
import threading
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from dataclasses import asdict
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from kit.broker import BrokerDown
from workers import printing
from workers.ledger.rules import read_span
from workers.management import queue_table
from workers.queues import public as queues
from workers.queues.contracts import Overview
from workers.stopping import Stopping

# Home, and clear what is below each line: no flicker, unlike clearing the screen.
HOME: Final = "\x1b[H"
CLEAR: Final = "\x1b[2J"
CLEAR_LINE: Final = "\x1b[K"
CLEAR_REST: Final = "\x1b[J"
MEANINGS: Final = """
ready     exact.
in hand   given to a worker and not done. Redis: exact for tasks, ? for events. RabbitMQ: exact
          with BROKER_MANAGEMENT_URL, ? without.
workers   RabbitMQ: consumers of the queue. Redis: workers that showed life within 30 s.
oldest    age of the oldest ready message. Redis: exact. RabbitMQ does not show a message without
          counting it as delivered, so the age is told between two bounds: it is younger than what
          was begun last and than the last look at an empty queue, and older than the first look
          since which nothing was begun.
in/s      out/s plus what the queue grew by, since the look before.
out/s     messages begun, since the look before (the last second of it may be missing).
dead      letters waiting in the ledger, and in the dead queue where no undertaker took them yet.
?         not known.

Exit code 1: something needs a person (dead letters, a queue nobody works on, messages that wait
longer than --oldest), or a store does not answer."""


def seconds(text: str) -> float:
    found = read_span(text if not text.isdigit() else f"{text}s")
    if found is None or not found:
        raise ArgumentTypeError("90s, 15m, 2h or 3d")
    return found.total_seconds()


class Command(BaseCommand):
    help = "Show every queue: what waits, how long, who works on it, and its dead letters."

    @override
    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs.update(epilog=MEANINGS, formatter_class=RawDescriptionHelpFormatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            *("--watch",),
            nargs="?",
            const=2.0,
            type=seconds,
            metavar="SECONDS",
            help="look again every so often (2 s), until Ctrl-C",
        )
        parser.add_argument(
            *("--oldest",),
            type=seconds,
            default=queues.OLDEST_S,
            metavar="SPAN",
            help="what waits longer needs a person (5m)",
        )
        parser.add_argument("--json", action="store_true", help="a line a look when watching")

    @override
    def handle(self, *args: object, **options: Any) -> None:
        stopping = Stopping()
        if options["watch"]:
            if threading.current_thread() is threading.main_thread():
                stopping.listen()
            self._watch(options, stopping)
            return
        found = self._look(options)
        self._show(found, as_json=options["json"])
        if found.needs_a_person:
            sys.exit(1)

    def _watch(self, options: dict[str, Any], stopping: Stopping) -> None:
        if self.stdout.isatty() and not options["json"]:
            self.stdout.write(CLEAR, ending="")
        while not stopping:
            try:
                found = self._look(options)
            except CommandError as away:
                self.stderr.write(str(away))
            else:
                self._show(found, as_json=options["json"], is_watching=True)
            stopping.wait(options["watch"])

    def _look(self, options: dict[str, Any]) -> Overview:
        try:
            return queues.look(oldest_s=options["oldest"])
        except BrokerDown as away:
            raise CommandError(str(away)) from away

    def _show(self, found: Overview, *, as_json: bool, is_watching: bool = False) -> None:
        if as_json:
            told = {**asdict(found), "dead": found.dead, "needs_a_person": found.needs_a_person}
            self.stdout.write(printing.as_json(told, on_one_line=is_watching))
            return
        shown = queue_table.lines(found)
        if not (is_watching and self.stdout.isatty()):
            self.stdout.write("\n".join(shown))
            return
        shown = [f"{found.at:%H:%M:%S} UTC, until Ctrl-C", "", *shown]
        self.stdout.write(HOME + "".join(f"{one}{CLEAR_LINE}\n" for one in shown) + CLEAR_REST)

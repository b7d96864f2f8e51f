"""`manage.py dead_letters`: what nobody could finish, to be read, replayed or dropped."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from pymongo.errors import ConnectionFailure
from typing_extensions import override

from kit.errors import DomainError, NotFound
from kit.pages import PageRequest
from workers import printing
from workers.ledger import public as ledger
from workers.ledger.contracts import Contents, DeadLetter, Wanted
from workers.management import dead_letter_orders as orders

MAX_SHOWN: Final = 20_000
EXAMPLES: Final = """
  manage.py dead_letters list
  manage.py dead_letters list --queue social --code gave-up --since 2h
  manage.py dead_letters show 01KB2WQYJ0S7V0M0M3X1GQ4J5T
  manage.py dead_letters replay --queue social            what would be replayed
  manage.py dead_letters replay --queue social --yes      replays it
  manage.py dead_letters drop 01KB2WQYJ0S7V0M0M3X1GQ4J5T --note "A test." --yes

Exit code 1: something was refused, or a store did not answer."""


class Command(BaseCommand):
    help = "List, show, replay or drop dead letters: messages nobody could finish."

    @override
    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs.update(epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|show|replay|drop")
        listing = verbs.add_parser("list", help="rows, the newest first")
        _add_filters(listing)
        listing.add_argument("--state", default="waiting", help="waiting|replayed|dropped|any")
        listing.add_argument("--limit", type=int, default=50, help="rows a page, 1 to 100")
        listing.add_argument("--cursor", help="the page after this row")
        showing = verbs.add_parser("show", help="one letter with its payload and traceback")
        showing.add_argument("id")
        for verb, told in (("replay", "hand to their queue again"), ("drop", "give up for good")):
            writing = verbs.add_parser(verb, help=f"{told}; a dry run unless --yes")
            writing.add_argument("ids", nargs="*", metavar="ID")
            _add_filters(writing)
            writing.add_argument("--all", action="store_true", help="every letter that waits")
            writing.add_argument("--most", type=int, default=1_000, help="letters at one time")
            writing.add_argument("--note", default="", help="why, kept with the row")
            writing.add_argument("--by", default=getpass.getuser(), help="who, kept with the row")
            writing.add_argument("--yes", action="store_true", help="do it")
        for one in verbs.choices.values():
            one.add_argument("--json", action="store_true")

    @override
    def handle(self, *args: object, **options: Any) -> None:
        verb = {"list": self._list, "show": self._show}.get(options["verb"], self._write)
        try:
            verb(options)
        except NotFound as missing:
            raise CommandError(str(missing)) from missing
        except ConnectionFailure as away:
            raise CommandError("The document server does not answer.") from away
        except DomainError as refused:
            raise CommandError(str(refused)) from refused

    def _list(self, options: dict[str, Any]) -> None:
        query = {"cursor": options["cursor"] or "", "limit": str(options["limit"])}
        page = ledger.list_letters(wanted=_wanted(options), page=PageRequest.read(query))
        if options["json"]:
            items = [asdict(row) for row in page.items]
            self.stdout.write(printing.as_json({"items": items, "next": page.next}))
            return
        for text in _rows(page.items):
            self.stdout.write(text)
        more = f" There are more: --cursor {page.next}" if page.next else ""
        self.stdout.write(f"{printing.count(len(page.items), 'dead letter')}.{more}")

    def _show(self, options: dict[str, Any]) -> None:
        row, contents = (
            ledger.get_letter(row_id=options["id"]),
            ledger.get_contents(row_id=options["id"]),
        )
        if options["json"]:
            whole = {**asdict(row), **asdict(contents), **_json_body(contents.body)}
            self.stdout.write(printing.as_json(whole))
            return
        for text in _whole(row, contents):
            self.stdout.write(text)

    def _write(self, options: dict[str, Any]) -> None:
        chosen = orders.choose(options["ids"], _wanted_to_write(options), most=options["most"])
        order = orders.Order(options["verb"], options["by"], options["note"])
        is_told = options["verbosity"] > 0 and len(chosen) >= orders.TOLD_EVERY
        report = orders.carry_out(
            order,
            chosen,
            is_dry=not options["yes"],
            tell=self.stderr.write if is_told else lambda _: None,
        )
        self.stdout.write(
            printing.as_json(asdict(report)) if options["json"] else "\n".join(report.lines())
        )
        if report.refused:
            sys.exit(1)


def _add_filters(parser: ArgumentParser) -> None:
    parser.add_argument("--queue", help="letters of this queue")
    parser.add_argument("--name", help="letters of this task or event, as social.upload")
    parser.add_argument("--code", help="gave-up, failed, killed-its-process, unreadable …")
    parser.add_argument("--kind", help="task, event or unknown")
    parser.add_argument("--since", help="that died within 90s, 15m, 2h, 3d")


def _wanted(options: dict[str, Any], *more: str) -> Wanted:
    """Read the options through the one search everybody has."""
    keys = ("state", "queue", "name", "code", "kind", "since")
    words = [f"{key}:{options[key]}" for key in keys if options.get(key)]
    return ledger.read_search(" ".join([*words, *more]))


def _wanted_to_write(options: dict[str, Any]) -> Wanted | None:
    wanted = _wanted(options)
    is_narrowed = wanted != Wanted()
    if options["ids"] and (is_narrowed or options["all"]):
        raise CommandError("Name letters or filters, not both.")
    if not options["ids"] and not is_narrowed and not options["all"]:
        raise CommandError("Name letters, filters, or --all.")
    return None if options["ids"] else wanted


def _rows(found: Sequence[DeadLetter]) -> list[str]:
    if not found:
        return []
    now = timezone.now()
    headings = ("id", "queue", "name", "code", "tries", "deaths", "died", "state", "reason")
    cells = [
        (
            *(row.id, row.queue, printing.line(row.name or "-", most=40), row.code),
            *(str(row.tries), str(row.deaths), f"{printing.age(row.died_at, now)} ago"),
            *(row.state, printing.line(row.reason, most=60)),
        )
        for row in found
    ]
    return [*printing.table(headings, cells, right="tries|deaths"), ""]


def _whole(row: DeadLetter, contents: Contents) -> list[str]:
    facts = [(name, str(value)) for name, value in asdict(row).items() if value not in {"", None}]
    said = [f"{name:<12} {printing.line(value)}" for name, value in facts]
    body = printing.readable(contents.body)
    cut = f"\n… {len(body) - MAX_SHOWN} characters more; --json has them all"
    return [
        *said,
        f"\nheaders\n{printing.safe(printing.as_json(contents.headers))}",
        f"\nbody ({contents.content_type}, {row.body_bytes} bytes)",
        body if len(body) <= MAX_SHOWN else body[:MAX_SHOWN] + cut,
        *([f"\ntraceback\n{printing.safe(contents.traceback)}"] if contents.traceback else []),
    ]


def _json_body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body": body.hex(), "body_is": "hex"}
